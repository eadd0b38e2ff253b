"""Every picture has a title, labelled axes and a text alternative, and shows what it was given."""

import io

import matplotlib.image
import pytest
import torch

from utils import plotting

HISTORY = {"training": [3.0, 2.0, 1.0], "test": [3.5, 2.5, 1.5]}
X = torch.rand(6, 1, 28, 28)

DRAW = {
    "images": lambda: plotting.images(X, "The title", columns=3),
    "compare": lambda: plotting.compare({"x": X, "x_hat": 1 - X}, "The title"),
    "curves": lambda: plotting.curves(HISTORY, "The title", "loss (nats)", band=(0.5, 1.5)),
    "curves with x": lambda: plotting.curves(HISTORY, "The title", "loss (nats)", x=[1, 10, 100], log_x=True),
    "dashboard": lambda: plotting.dashboard(HISTORY, X, "The title", "loss (nats)"),
    "codes": lambda: plotting.codes(torch.randn(6, 2), torch.arange(6), "The title"),
    "latent_grid": lambda: plotting.latent_grid(
        lambda z: z.sum(1).sigmoid()[:, None, None, None].expand(-1, 1, 28, 28), "The title"
    ),
    "filters": lambda: plotting.filters(torch.randn(6, 5, 5), "The title"),
}


@pytest.fixture
def figures(monkeypatch) -> list:
    """The matplotlib figures that were turned into pictures."""
    drawn = []
    turn = plotting.picture
    monkeypatch.setattr(plotting, "picture", lambda figure, alt: drawn.append(figure) or turn(figure, alt))
    return drawn


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW.keys())
def test_title_axes_and_text_alternative(draw, figures):
    picture = draw()
    axes = [a for a in figures[0].axes if a.get_label() != "<colorbar>"]
    assert axes[0].get_title() == "The title"
    for a in axes:
        assert a.get_title() and a.get_xlabel()
    data, metadata = picture._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"] == picture.alt
    assert picture.alt.startswith("The title") and len(picture.alt) > 25


def test_images_stand_row_by_row_with_black_and_white_kept():
    x = torch.zeros(4, 1, 28, 28)
    x[1], x[2] = 1.0, 0.5
    tiles = plotting._tiles(x, columns=2, gap=2)
    assert tiles.shape == (60, 60)
    assert tiles[1:29, 1:29].max() == 0 and tiles[1:29, 31:59].min() == 1
    assert (tiles[31:59, 1:29] == 0.5).all()


def test_values_outside_the_range_are_not_stretched(figures):
    plotting.images(torch.full((1, 1, 28, 28), 0.25), "Grey", columns=1)
    assert figures[0].axes[0].images[0].get_clim() == (0, 1)


def test_latent_grid_puts_z_1_to_the_right_and_z_2_up(figures):
    def decode(z):  # bright where both numbers are large
        return ((z > 1.5).all(dim=1).float())[:, None, None, None].expand(-1, 1, 28, 28)

    plotting.latent_grid(decode, "Corners", side=10)
    shown = figures[0].axes[0].images[0].get_array()
    assert shown[:28, -28:].min() == 1 and shown.sum() == 28 * 28


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"expected images of shape \[b, 1, 28, 28\], got \[6, 784\]"):
        plotting.images(X.flatten(1), "Flat")


def test_a_picture_can_be_saved(tmp_path):
    picture = DRAW["images"]()
    picture.save(tmp_path / "picture.png")
    assert (
        matplotlib.image.imread(io.BytesIO(picture.png)).shape
        == matplotlib.image.imread(tmp_path / "picture.png").shape
    )
