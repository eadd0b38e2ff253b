"""Right and wrong answers to the exercises of lab 06, each of which stands alone in the cell of its exercise.

`tests/test_answers.py` puts one block at a time into the notebook. The imports below are those of the notebook's first cell.
"""

import torch
from torch import nn
from torch.nn import functional as F


# %% 6.1 right: F.one_hot
def one_hot(y, num_classes=10):
    return F.one_hot(y, num_classes).float()


# %% 6.1 right: rows of the identity
def one_hot(y, num_classes=10):
    return torch.eye(num_classes, device=y.device)[y]


# %% 6.1 right: scatter
def one_hot(y, num_classes=10):
    return torch.zeros(len(y), num_classes, device=y.device).scatter(1, y[:, None], 1.0)


# %% 6.1 right: comparison
def one_hot(y, num_classes=10):
    return y.unsqueeze(1).eq(torch.arange(num_classes, device=y.device)).to(torch.float32)


# %% 6.1 right: index_select
def one_hot(y, num_classes=10):
    return torch.eye(num_classes, device=y.device).index_select(0, y)


# %% 6.1 wrong: int64
def one_hot(y, num_classes=10):
    return F.one_hot(y, num_classes)


# %% 6.1 wrong: ten hard-coded
def one_hot(y, num_classes=10):
    return F.one_hot(y, 10).float() if y.max() < 10 else F.one_hot(y, num_classes).float()


# %% 6.1 wrong: as many classes as occur
def one_hot(y, num_classes=10):
    return F.one_hot(y).float()


# %% 6.1 wrong: the other way round
def one_hot(y, num_classes=10):
    return 1 - F.one_hot(y, num_classes).float()


# %% 6.1 wrong: transposed
def one_hot(y, num_classes=10):
    return F.one_hot(y, num_classes).float().T


# %% 6.1 wrong: double precision
def one_hot(y, num_classes=10):
    return F.one_hot(y, num_classes).double()


# %% 6.1 wrong: the label as a number
def one_hot(y, num_classes=10):
    return y[:, None].float().expand(-1, num_classes)


# %% 6.1 wrong: one place too far
def one_hot(y, num_classes=10):
    return F.one_hot((y + 1) % num_classes, num_classes).float()


# %% 6.1 wrong: a column too many
def one_hot(y, num_classes=10):
    return F.one_hot(y, num_classes + 1).float()


# %% 6.1 wrong: steps up to the class
def one_hot(y, num_classes=10):
    return (torch.arange(num_classes, device=y.device) <= y[:, None]).float()


# %% 6.2 right: named layers
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 right: labels first
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([y, z], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 right: LeakyReLU
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.LeakyReLU(0.2))
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.LeakyReLU(0.2))
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.LeakyReLU(0.2))
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 right: by the type of y
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if not y.is_floating_point():
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 right: a layer for y, added
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.BatchNorm1d(d), nn.ReLU())
        self.see_z, self.see_y = nn.Linear(d_z, d), nn.Linear(num_classes, d, bias=False)
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(self.see_z(z) + self.see_y(y)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 right: upsampling and convolutions
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(
            nn.Upsample(scale_factor=2), nn.Conv2d(d, d, 3, padding=1), nn.BatchNorm2d(d), nn.ReLU()
        )
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 wrong: y unused
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, 0 * y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 wrong: z unused
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([0 * z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 wrong: no sigmoid
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return self.last(h)


# %% 6.2 wrong: tanh
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.tanh(self.last(h))


# %% 6.2 wrong: weights rounded to one class
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, F.one_hot(y.argmax(1), self.num_classes).float()], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 wrong: ten classes hard-coded
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + 10, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, 10).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 wrong: labels only
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 wrong: weights only
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 wrong: the label as one number
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = y.float()[:, None].expand(-1, self.num_classes)
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 wrong: channels hard-coded
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        d = 8
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 wrong: dropout at work in evaluation
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(F.dropout(h, 0.3)))


# %% 6.2 wrong: batch statistics in evaluation
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(
            nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d, track_running_stats=False), nn.ReLU()
        )
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h))


# %% 6.2 wrong: the batch dropped
class ConditionalGenerator(nn.Module):
    def __init__(self, d_z=28, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.first = nn.Sequential(nn.Linear(d_z + num_classes, d), nn.BatchNorm1d(d), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(d, d * 49), nn.BatchNorm1d(d * 49), nn.ReLU())
        self.up = nn.Sequential(nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU())
        self.last = nn.ConvTranspose2d(d, 1, 4, 2, 1)

    def forward(self, z, y):
        if y.dim() == 1:
            y = F.one_hot(y, self.num_classes).float()
        h = self.second(self.first(torch.cat([z, y], dim=1)))
        h = self.up(h.view(len(z), -1, 7, 7))
        return torch.sigmoid(self.last(h)).squeeze()


# %% 6.3 right: named layers
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, y], dim=1)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.3 right: labels first
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([y, h], dim=1)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.3 right: flatten at the end
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, y], dim=1)), 0.2)
        return torch.sigmoid(self.out(h)).flatten()


# %% 6.3 right: no batch norm
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.conv2(h), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, y], dim=1)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.3 right: y as constant maps at the input
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1 + num_classes, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(torch.cat([x, y[:, :, None, None].expand(-1, -1, 28, 28)], dim=1)), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(h), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.3 right: dropout that knows the mode
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(F.dropout(torch.cat([h, y], dim=1), 0.1, self.training)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.3 wrong: y unused
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, 0 * y], dim=1)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.3 wrong: x unused
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([0 * h, y], dim=1)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.3 wrong: no sigmoid
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, y], dim=1)), 0.2)
        return self.out(h).squeeze(1)


# %% 6.3 wrong: [b, 1]
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, y], dim=1)), 0.2)
        return torch.sigmoid(self.out(h))


# %% 6.3 wrong: a batch of one dropped
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, y], dim=1)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze()


# %% 6.3 wrong: ten classes hard-coded
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + 10, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, 10).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, y], dim=1)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.3 wrong: channels hard-coded
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        d = 8
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, y], dim=1)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.3 wrong: batch statistics in evaluation
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d, track_running_stats=False)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, y], dim=1)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.3 wrong: dropout at work in evaluation
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(F.dropout(torch.cat([h, y], dim=1), 0.3)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.3 wrong: softmax over the batch
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, y], dim=1)), 0.2)
        return torch.softmax(self.out(h).squeeze(1), dim=0)


# %% 6.3 wrong: odd and even only
class ConditionalDiscriminator(nn.Module):
    def __init__(self, d=128, num_classes=10):
        super().__init__()
        self.num_classes = num_classes
        self.conv1 = nn.Conv2d(1, d, 4, 2, 1)
        self.conv2 = nn.Conv2d(d, d, 4, 2, 1)
        self.norm = nn.BatchNorm2d(d)
        self.hidden = nn.Linear(d * 49 + num_classes, d)
        self.out = nn.Linear(d, 1)

    def forward(self, x, y):
        y = F.one_hot(y % 2, self.num_classes).float()
        h = F.leaky_relu(self.conv1(x), 0.2)
        h = F.leaky_relu(self.norm(self.conv2(h)), 0.2).flatten(1)
        h = F.leaky_relu(self.hidden(torch.cat([h, y], dim=1)), 0.2)
        return torch.sigmoid(self.out(h)).squeeze(1)


# %% 6.4 right: detach
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 right: one call of D
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = discriminator_loss(*D(torch.cat([x, x_fake]), torch.cat([y, y])).chunk(2))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 right: zero_grad before backward
def discriminator_step(G, D, optimizer_d, x, y, z):
    x_fake = G(z, y).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y))
    optimizer_d.zero_grad()
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 right: own logarithms
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = -D(x, y).log().mean() - (1 - D(x_fake, y)).log().mean()
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 right: two backward passes
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    p, q = D(x, y), D(x_fake, y)
    real = F.binary_cross_entropy(p, torch.ones_like(p))
    fake = F.binary_cross_entropy(q, torch.zeros_like(q))
    real.backward()
    fake.backward()
    loss = real.detach() + fake.detach()
    optimizer_d.step()
    return loss.item()


# %% 6.4 right: float
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y))
    loss.backward()
    optimizer_d.step()
    return float(loss.detach())


# %% 6.4 wrong: no detach
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y)
    loss = discriminator_loss(D(x, y), D(x_fake, y))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 wrong: no zero_grad
def discriminator_step(G, D, optimizer_d, x, y, z):
    x_fake = G(z, y).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 wrong: no step
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y))
    loss.backward()
    return loss.item()


# %% 6.4 wrong: targets swapped
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = discriminator_loss(D(x_fake, y), D(x, y))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 wrong: a tensor
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y))
    loss.backward()
    optimizer_d.step()
    return loss


# %% 6.4 wrong: other labels for G
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y.flip(0)).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 wrong: other labels for D on generated images
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y.flip(0)))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 wrong: D is told class 0 for all
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = discriminator_loss(D(x, 0 * y), D(x_fake, 0 * y))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 wrong: own noise
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(torch.rand_like(z), y).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 wrong: half the loss
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y)) / 2
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 wrong: own optimizer
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d = torch.optim.Adam(D.parameters())
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 wrong: G left in evaluation mode
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G.eval()(z, y).detach()
    loss = discriminator_loss(D(x, y), D(x_fake, y))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.4 wrong: real images only
def discriminator_step(G, D, optimizer_d, x, y, z):
    optimizer_d.zero_grad()
    x_fake = G(z, y).detach()
    loss = generator_loss(D(x, y))
    loss.backward()
    optimizer_d.step()
    return loss.item()


# %% 6.5 right: line by line
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y)
    loss = generator_loss(D(x_fake, y))
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.5 right: own logarithm
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y)
    loss = -D(x_fake, y).log().mean()
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.5 right: zero_grad before backward
def generator_step(G, D, optimizer_g, z, y):
    x_fake = G(z, y)
    loss = generator_loss(D(x_fake, y))
    optimizer_g.zero_grad()
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.5 right: float
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y)
    loss = generator_loss(D(x_fake, y))
    loss.backward()
    optimizer_g.step()
    return float(loss.detach())


# %% 6.5 right: cross-entropy
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y)
    loss = F.binary_cross_entropy(D(x_fake, y), torch.ones(len(z), dtype=z.dtype))
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.5 wrong: detached
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y).detach().requires_grad_()
    loss = generator_loss(D(x_fake, y))
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.5 wrong: no zero_grad
def generator_step(G, D, optimizer_g, z, y):
    x_fake = G(z, y)
    loss = generator_loss(D(x_fake, y))
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.5 wrong: no step
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y)
    loss = generator_loss(D(x_fake, y))
    loss.backward()
    return loss.item()


# %% 6.5 wrong: saturating
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y)
    loss = (1 - D(x_fake, y)).log().mean()
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.5 wrong: a tensor
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y)
    loss = generator_loss(D(x_fake, y))
    loss.backward()
    optimizer_g.step()
    return loss


# %% 6.5 wrong: other labels for D
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y)
    loss = generator_loss(D(x_fake, y.flip(0)))
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.5 wrong: D is told class 0 for all
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y)
    loss = generator_loss(D(x_fake, 0 * y))
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.5 wrong: class 0 for G
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, 0 * y)
    loss = generator_loss(D(x_fake, y))
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.5 wrong: D left frozen
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    D.requires_grad_(False)
    x_fake = G(z, y)
    loss = generator_loss(D(x_fake, y))
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.5 wrong: two steps
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y)
    loss = generator_loss(D(x_fake, y))
    loss.backward()
    optimizer_g.step()
    optimizer_g.step()
    return loss.item()


# %% 6.5 wrong: target 0
def generator_step(G, D, optimizer_g, z, y):
    optimizer_g.zero_grad()
    x_fake = G(z, y)
    loss = F.binary_cross_entropy(D(x_fake, y), 0 * z[:, 0])
    loss.backward()
    optimizer_g.step()
    return loss.item()


# %% 6.6 right: repeat_interleave
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y)
    G.train(was)
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 right: expand
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows, d_z, device=device)
    z = z[:, None].expand(rows, num_classes, d_z).flatten(0, 1)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y)
    G.train(was)
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 right: row by row
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = torch.cat([G(a, b) for a, b in zip(z.split(num_classes), y.split(num_classes), strict=True)])
    G.train(was)
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 right: detach
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y).detach()
    G.train(was)
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 right: unflatten
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y)
    G.train(was)
    return x.unflatten(0, (rows, num_classes))


# %% 6.6 wrong: another z in each column
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows * num_classes, d_z, device=device)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y)
    G.train(was)
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 wrong: one z for all
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(1, d_z, device=device).expand(rows, d_z)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y)
    G.train(was)
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 wrong: normal noise
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.randn(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y)
    G.train(was)
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 wrong: training mode
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.train()
    z = torch.rand(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y)
    G.train(was)
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 wrong: left in evaluation mode
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y)
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 wrong: always back to training
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y)
    G.train()
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 wrong: with gradient
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.enable_grad():
        x = G(z, y)
    G.train(was)
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 wrong: rows and columns exchanged
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y)
    G.train(was)
    return x.view(rows, num_classes, 1, 28, 28).transpose(0, 1)


# %% 6.6 wrong: classes in the wrong order
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat_interleave(rows)
    with torch.no_grad():
        x = G(z, y)
    G.train(was)
    return x.view(rows, num_classes, 1, 28, 28)


# %% 6.6 wrong: no grid
def class_grid(G, rows, d_z=28, num_classes=10):
    device = next(G.parameters()).device
    was = G.training
    G.eval()
    z = torch.rand(rows, d_z, device=device)
    z = z.repeat_interleave(num_classes, dim=0)
    y = torch.arange(num_classes, device=device).repeat(rows)
    with torch.no_grad():
        x = G(z, y)
    G.train(was)
    return x


# %% 6.7 right: mean
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.argmax(dim=1) == labels
    return right.float().mean().item()


# %% 6.7 right: count
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.argmax(dim=1) == labels
    return right.sum().item() / len(labels)


# %% 6.7 right: max
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.max(dim=1).indices == labels
    return right.float().mean().item()


# %% 6.7 right: topk
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.topk(1, dim=1).indices[:, 0] == labels
    return right.float().mean().item()


# %% 6.7 right: one by one
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.argmax(dim=1) == labels
    return sum(bool(r) for r in right) / len(right)


# %% 6.7 wrong: a count
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.argmax(dim=1) == labels
    return float(right.sum().item())


# %% 6.7 wrong: per cent
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.argmax(dim=1) == labels
    return 100 * right.float().mean().item()


# %% 6.7 wrong: the error rate
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.argmax(dim=1) == labels
    return 1 - right.float().mean().item()


# %% 6.7 wrong: a tensor
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.argmax(dim=1) == labels
    return right.float().mean()


# %% 6.7 wrong: argmin
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.argmin(dim=1) == labels
    return right.float().mean().item()


# %% 6.7 wrong: over the batch
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.argmax(dim=0)[: len(labels)] == labels
    return right.float().mean().item()


# %% 6.7 wrong: training mode
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.train()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.argmax(dim=1) == labels
    return right.float().mean().item()


# %% 6.7 wrong: left in evaluation mode
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    right = scores.argmax(dim=1) == labels
    return right.float().mean().item()


# %% 6.7 wrong: always back to training
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train()
    right = scores.argmax(dim=1) == labels
    return right.float().mean().item()


# %% 6.7 wrong: ten classes, ten images
def label_accuracy(classifier, images, labels):
    was = classifier.training
    classifier.eval()
    with torch.no_grad():
        scores = classifier(images)
    classifier.train(was)
    right = scores.argmax(dim=1) == labels
    return right.sum().item() / 10
