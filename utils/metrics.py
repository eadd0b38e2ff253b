"""Figures for generative models: what a classifier sees in the images (the judge), and nats for a VAE.

>>> judge = metrics.train_judge(x_train, y_train)  # once for each data set, then read from the cache
>>> metrics.frechet_distance(judge, generated, x_test)  # 0 is best
>>> metrics.class_coverage(judge, generated)  # 10 is best
>>> metrics.negative_elbo(vae, x_test).mean()  # nats per image, less is better

Nothing here takes gradients, and every model comes back in the mode in which it came.
"""

import contextlib
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from .judge import Judge as Judge
from .judge import train_judge as train_judge

CHUNK = 1000  # images that go through the judge at once


# --- Images, as the judge sees them ----------------------------------------------------------------------------------


def frechet_distance(judge: nn.Module, a: Tensor, b: Tensor) -> float:
    """Fréchet distance between two sets of images, by the judge's features: 0 if they look alike, no upper bound.

        d² = ‖μ_a − μ_b‖² + tr(Σ_a + Σ_b − 2 (Σ_a Σ_b)^½)

    for normal distributions fitted to the features (Dowson & Landau 1982, eq. 4); as a measure of generative models
    Heusel et al. 2017, eq. 6, there on Inception features ("FID"). Like FID, this is d², without the root. Figures
    compare only under the same judge and with sets of the same size: the smaller the sets, the larger the distance.

    Parameters
    ----------
    judge : module with `features(x) -> [b, d]`
    a, b : float tensors [N_a, 1, 28, 28], [N_b, 1, 28, 28]
        Pixels in [0, 1].

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Fewer than 2 d images in a set: their covariance would be mostly noise (d = 64 for `Judge`: 128 images).
    """
    (mu_a, cov_a), (mu_b, cov_b) = _normal_fit(judge, a), _normal_fit(judge, b)
    # (Σ_a Σ_b)^½ has the trace of (Σ_a^½ Σ_b Σ_a^½)^½, which is symmetric.
    values, vectors = torch.linalg.eigh(cov_a)  # [d], [d, d]
    root_a = vectors * values.clamp(min=0).sqrt() @ vectors.T  # [d, d]
    cross = torch.linalg.eigvalsh(root_a @ cov_b @ root_a).clamp(min=0).sqrt().sum()
    distance = (mu_a - mu_b).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross
    return max(0.0, distance.item())


def class_shares(judge: nn.Module, images: Tensor) -> Tensor:
    """The share of images that the judge takes for each class: float tensor `[10]` that adds up to 1."""
    scores = _in_chunks(judge, judge, images)  # [N, 10]
    return scores.argmax(1).bincount(minlength=scores.shape[1]) / len(scores)  # [10]


def class_coverage(judge: nn.Module, images: Tensor) -> float:
    """How many classes the images cover, from 1.0 (mode collapse) to 10.0 (all ten, equally often).

    exp(H), with H = −Σ p_c log p_c the entropy of the shares p of `class_shares`: the number of equally frequent
    classes with the same entropy (Hill 1973, eq. 4, "number of order 1").
    """
    shares = class_shares(judge, images).double().cpu()  # [10]
    return torch.special.entr(shares).sum().exp().item()


def label_accuracy(judge: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of images, in [0, 1], that the judge takes for the class in `labels` (int64 `[N]`)."""
    if labels.shape != images.shape[:1]:
        raise ValueError(f"one label for each image, please: {list(labels.shape)} labels, {len(images)} images")
    scores = _in_chunks(judge, judge, images)  # [N, 10]
    return (scores.argmax(1) == labels.to(scores.device)).double().mean().item()


def _normal_fit(judge: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    features = _in_chunks(judge, judge.features, images).cpu().double()  # [N, d]
    num, d = features.shape
    if num < 2 * d:
        raise ValueError(
            f"{num} images are too few for a Fréchet distance on {d} features: take {2 * d}, or better 1000"
        )
    return features.mean(0), features.T.cov()  # [d], [d, d]


def _in_chunks(judge: nn.Module, function: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    if not len(images):
        raise ValueError("there are no images to judge")
    with _evaluating(judge):
        return torch.cat([function(_to_device_of(judge, x)) for x in images.split(CHUNK)])


# --- A VAE, in nats --------------------------------------------------------------------------------------------------
# `model` has encode(x) -> (mu, logvar), each [b, d_z], and decode(z) -> x_hat [b, 1, 28, 28], probabilities in [0, 1].
# log p(x | z) is the Bernoulli decoder's, as in the lecture: the binary cross-entropy, summed over the pixels, with
# the grey values of x in the place of the coin's 0 and 1. (So it is the log-likelihood of black-and-white images, in
# the mean over images whose pixels are drawn with the probabilities x; on grey values it is a score, not a density.)


def elbo_terms(model: nn.Module, x: Tensor, batch_size: int = 500) -> tuple[Tensor, Tensor]:
    """The two terms of the negative ELBO, for one z ~ q(z | x) per image (Kingma & Welling 2014, eq. 7 and 10).

    Parameters
    ----------
    model : VAE with `encode` and `decode`
    x : float tensor [N, 1, 28, 28]
        Pixels in [0, 1].
    batch_size : int
        Images at once; it changes only memory and speed.

    Returns
    -------
    nll : tensor [N]
        −log p(x | z) in nats. Logarithms are cut off at −100, as in torch's BCE, so it is finite.
    kl : tensor [N]
        KL(q(z | x) ‖ N(0, I)) in nats, in closed form.

    Raises
    ------
    ValueError
        The decoder's images differ in shape from `x`, or are no probabilities.
    """
    nll, kl = [], []
    with _evaluating(model):
        for batch in x.split(batch_size):
            batch = _to_device_of(model, batch)  # [b, 1, 28, 28]
            posterior = _posterior(model, batch)
            nll.append(_bernoulli_nll(model.decode(posterior.sample()), batch))  # [b]
            kl.append(kl_divergence(posterior, Normal(0.0, 1.0)).sum(1))  # [b]
    return torch.cat(nll), torch.cat(kl)


def negative_elbo(model: nn.Module, x: Tensor, batch_size: int = 500) -> Tensor:
    """−ELBO of each image in nats, `[N]`, with one sample of z: the sum of `elbo_terms`, with the same arguments.

    Its mean over the test images is an upper bound on the mean of −log p(x).
    """
    nll, kl = elbo_terms(model, x, batch_size)
    return nll + kl  # [N]


def importance_weighted_bound(model: nn.Module, x: Tensor, k: int = 50, batch_size: int = 500) -> Tensor:
    """A tighter upper bound on −log p(x) than −ELBO, for each image, in nats (Burda et al. 2016, eq. 8, negated).

        −log (1/k) Σ_i p(x | z_i) p(z_i) / q(z_i | x),   z_1 … z_k ~ q(z | x)

    k = 1 is −ELBO (with a sampled KL); with growing k it sinks towards −log p(x). Costs k decodings an image.

    Parameters
    ----------
    model, x, batch_size
        As in `elbo_terms`.
    k : int
        Samples of z for each image, 1 or more.

    Returns
    -------
    tensor [N]

    Raises
    ------
    ValueError
        As `elbo_terms`, or k below 1.
    """
    if k < 1:
        raise ValueError(f"k={k}: it takes at least one sample")
    bound = []
    with _evaluating(model):
        for batch in x.split(batch_size):
            batch = _to_device_of(model, batch)  # [b, 1, 28, 28]
            posterior = _posterior(model, batch)
            log_w = []
            for _ in range(k):  # one after the other: memory does not grow with k
                z = posterior.sample()  # [b, d_z]
                log_ratio = (Normal(0.0, 1.0).log_prob(z) - posterior.log_prob(z)).sum(
                    1
                )  # [b]: log p(z) − log q(z | x)
                log_w.append(log_ratio - _bernoulli_nll(model.decode(z), batch))  # [b]
            log_w = torch.stack(log_w)  # [k, b]
            bound.append(torch.tensor(k).log() - log_w.logsumexp(0))  # [b]
    return torch.cat(bound)


def _posterior(model: nn.Module, x: Tensor) -> Normal:
    """The encoder's guess q(z | x), a normal distribution for each number of each code `[b, d_z]`."""
    mu, logvar = model.encode(x)  # [b, d_z] each
    return Normal(mu, torch.exp(logvar / 2), validate_args=False)


def _bernoulli_nll(x_hat: Tensor, x: Tensor) -> Tensor:
    """Binary cross-entropy summed over the pixels: `[b]`, nats."""
    if x_hat.shape != x.shape:
        raise ValueError(
            f"decode(z) gives images of shape {list(x_hat.shape)} for {list(x.shape)}: it should be the same shape"
        )
    if not ((x_hat >= 0) & (x_hat <= 1)).all():  # also catches NaN
        raise ValueError(
            f"decode(z) should give probabilities, but its pixels lie between {x_hat.min().item():.3g} and "
            f"{x_hat.max().item():.3g}. Is the sigmoid at the end missing? With nan: did the training diverge?"
        )
    return F.binary_cross_entropy(x_hat, x, reduction="none").flatten(1).sum(1)  # [b]


# --- Both ------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode and no gradients; afterwards each part of the model is back in its own mode."""
    modes = {module: module.training for module in model.modules()}
    try:
        with torch.no_grad():
            model.eval()
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def _to_device_of(model: nn.Module, x: Tensor) -> Tensor:
    return x.to(next((p.device for p in model.parameters()), x.device))
