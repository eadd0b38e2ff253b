"""Pictures for the labs: each with a title, labelled axes and a text alternative.

Every function returns a `Picture`; as the last line of a cell it is shown.
Images are `[b, 1, 28, 28]` with pixels in [0, 1], from any device, with or without gradient.
"""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from torch import Tensor

# Okabe and Ito's colours, told apart by readers with any colour vision; digits in `codes` take ten of matplotlib's.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
PIXELS = "28 × 28 pixels each, black = 0, white = 1"


@dataclass(frozen=True)
class Picture:
    """A drawn figure and the text that says the same to who cannot see it."""

    png: bytes
    alt: str

    def __repr__(self) -> str:
        return f"Picture: {self.alt}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        return {"image/png": self.png, "text/plain": repr(self)}, {"image/png": {"alt": self.alt}}

    def save(self, path: str) -> None:
        """Write the picture to a PNG file."""
        with open(path, "wb") as file:
            file.write(self.png)


def picture(figure: Figure, alt: str) -> Picture:
    """Turn a matplotlib figure of your own into a `Picture` with this text alternative."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight", facecolor="white", metadata={"Software": None})
    return Picture(buffer.getvalue(), alt)


def images(x: Tensor, title: str, columns: int = 16, alt: str = "") -> Picture:
    """Draw images `[b, 1, 28, 28]` as a grid, row by row."""
    tiles = _tiles(x, columns)
    rows = math.ceil(len(x) / columns)
    figure, axes = _figure(0.55 * columns + 0.4, 0.55 * rows + 0.7)
    _imshow(axes, tiles)
    axes.set(title=title, xlabel=PIXELS)
    return picture(figure, alt or f"{title}: {len(x)} images in {rows} rows of {columns}.")


def compare(rows: dict[str, Tensor], title: str, alt: str = "", columns: Sequence[str] = ()) -> Picture:
    """Draw one row of images for each name, column under column: `{"x": x, "x_hat": x_hat}`.

    `columns` names the columns.
    """
    count = len(next(iter(rows.values())))
    figure, axes = _figure(0.62 * count + 1.2, 0.62 * len(rows) + 0.8)
    _imshow(axes, np.concatenate([_tiles(x, count) for x in rows.values()]))
    axes.set(title=title, xlabel=PIXELS)
    axes.set_yticks([30 * i + 15 for i in range(len(rows))], list(rows))
    if columns:
        axes.set_xticks([30 * i + 15 for i in range(count)], columns)
    return picture(figure, alt or f"{title}: {count} images in each of the rows {', '.join(rows)}.")


def curves(
    history: dict[str, Sequence[float]],
    title: str,
    ylabel: str,
    xlabel: str = "training step",
    band: tuple[float, float] | None = None,
    band_label: str = "should lie here",
    x: Sequence[float] | None = None,
    log_x: bool = False,
    smooth: int = 25,
    alt: str = "",
) -> Picture:
    """Draw curves over the training steps: thin as they are, bold as their running mean over `smooth` steps.

    Parameters
    ----------
    history : dict of name to list of float
    band : (low, high), optional
        Where the curves should lie in the end, in the unit of `ylabel`.
    x : sequence of float, optional
        Where the values stand on the axis, by default 1, 2, 3, …; such curves are drawn with their points.
    log_x : bool
        Whether that axis is logarithmic.
    """
    many = len(history) > 5  # then the legend stands beside the curves, not among them
    figure, axes = _figure(9.5 if many else 7, 3.4)
    _draw_curves(axes, history, x, smooth)
    if band:
        axes.axhspan(*band, color="#009E73", alpha=0.15, label=band_label)
    if log_x:
        axes.set_xscale("log")
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axes.legend(frameon=False, **({"loc": "upper left", "bbox_to_anchor": (1, 1)} if many else {}))
    return picture(figure, alt or f"{title}. {_ends(history)}")


def panels(
    figures: dict[str, dict[str, Sequence[float]]],
    title: str,
    xlabel: str,
    ylabel: str,
    x: Sequence[float] | None = None,
    ylim: tuple[float, float] | None = None,
    columns: int = 4,
    alt: str = "",
) -> Picture:
    """Draw panels side by side, each with curves on the same axes: `{"step 0": {"D": values, ...}, "step 50": ...}`.

    Parameters
    ----------
    figures : dict of panel to (dict of name to values)
        A name has the same colour in every panel.
    x : sequence of float, optional
        Where the values stand on the axis, by default 1, 2, 3, …
    ylim : (low, high), optional
        What part of the axis is shown.
    columns : int
        Panels in a row.
    """
    rows = math.ceil(len(figures) / columns)
    figure = Figure(figsize=(2.6 * min(columns, len(figures)) + 2, 2.3 * rows + 1), layout="constrained")
    figure.suptitle(title)
    every = figure.subplots(rows, min(columns, len(figures)), sharex=True, sharey=True, squeeze=False)
    colours = {}
    for axes, (panel, curves) in zip(every.flatten(), figures.items(), strict=False):
        for name, values in curves.items():
            colour = colours.setdefault(name, COLOURS[len(colours) % len(COLOURS)])
            axes.plot(range(1, len(values) + 1) if x is None else x, values, color=colour, label=name)
        axes.set(title=panel, xlabel=xlabel, ylim=ylim)
    for axes in every.flatten()[len(figures) :]:
        axes.set_axis_off()
    for axes in every.flatten()[max(0, len(figures) - columns) : len(figures)]:
        axes.tick_params(labelbottom=True)  # the lowest of its column, though not in the last row
    for axes in every[:, 0]:
        axes.set_ylabel(ylabel)
    lines = {line.get_label(): line for axes in every.flatten() for line in axes.get_lines()}
    figure.legend(lines.values(), lines.keys(), loc="outside right upper", frameon=False)
    return picture(figure, alt or f"{title}: {len(figures)} panels, {', '.join(figures)}, with {', '.join(colours)}.")


def dashboard(
    history: dict[str, Sequence[float]],
    x: Tensor,
    title: str,
    ylabel: str,
    rows: int = 4,
    right_title: str = "from fixed noise",
) -> Picture:
    """Draw the curves so far beside images made from fixed noise: what to look at while a model trains.

    `right_title` says what the images are where they come from something else.
    """
    figure = Figure(figsize=(10, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _draw_curves(left, history, None, 25)
    left.set(title=title, xlabel="training step", ylabel=ylabel)
    if any(history.values()):
        left.legend(frameon=False)
        # The first steps lie far above the rest; cut them off once there is a rest to see.
        late = np.concatenate([np.asarray(values[len(values) // 20 :], dtype=float) for values in history.values()])
        low, high = late.min(), np.quantile(late, 0.995)
        left.set_ylim(low - 0.1 * (high - low) - 1e-6, high + 0.1 * (high - low) + 1e-6)
    _imshow(right, _tiles(x, math.ceil(len(x) / rows)))
    right.set(title=right_title, xlabel=PIXELS)
    return picture(figure, f"{title}, left the curves, right {len(x)} images: {right_title}. {_ends(history)}")


def codes(z: Tensor, labels: Tensor, title: str, alt: str = "") -> Picture:
    """Draw codes `[b, 2]` in the plane, coloured by their labels `[b]`."""
    z, labels = _numpy(z), _numpy(labels)
    figure, axes = _figure(6.2, 5.2)
    for label in np.unique(labels):
        of_label = labels == label
        colour = matplotlib.colormaps["tab10"](int(label) % 10)
        axes.scatter(*z[of_label].T, s=4, color=colour, alpha=0.6, linewidths=0, label=str(label))
        text = axes.annotate(str(label), np.median(z[of_label], axis=0), fontsize=15, fontweight="bold", ha="center")
        text.set_path_effects([withStroke(linewidth=3, foreground="white")])
    axes.set(title=title, xlabel="$z_1$ (no unit)", ylabel="$z_2$ (no unit)", aspect="equal")
    axes.legend(title="label", markerscale=4, frameon=False, bbox_to_anchor=(1, 1))
    return picture(figure, alt or f"{title}: {len(z)} codes in the plane, coloured by label.")


def latent_grid(decode: Callable[[Tensor], Tensor], title: str, side: int = 20, alt: str = "") -> Picture:
    """Draw what a 2-d latent plane decodes to, at equal steps of probability under the prior N(0, I).

    The codes are the quantiles of the normal distribution (its inverse CDF), so that each image of the grid stands
    for the same share of what the model generates. `decode` maps `[side * side, 2]` to images.
    """
    p = (torch.arange(side) + 0.5) / side
    quantiles = torch.distributions.Normal(0, 1).icdf(p)
    return _decoded_plane(
        decode, quantiles, quantiles, title, alt or f"{title}: {side} × {side} decoded images over the latent plane."
    )


def code_grid(decode: Callable[[Tensor], Tensor], z: Tensor, title: str, side: int = 20, alt: str = "") -> Picture:
    """Draw what a plane of codes decodes to, over the range where codes are: `z` `[b, 2]`, but for 1 % at each end.

    `decode` maps `[side * side, 2]` to images. The steps are equal, whether there are codes or not.
    """
    z = z.detach().cpu().float()
    across, up = (torch.linspace(*z[:, j].quantile(torch.tensor([0.01, 0.99])).tolist(), side) for j in (0, 1))
    return _decoded_plane(
        decode, across, up, title, alt or f"{title}: {side} × {side} decoded images over the plane of codes."
    )


def sheets(
    points: Tensor, labels: Tensor, surfaces: dict[str, Tensor], title: str, axis: str = "component", alt: str = ""
) -> Picture:
    """Draw surfaces `[rows, columns, 3]` side by side in space, among points `[b, 3]` coloured by their labels `[b]`.

    `axis` says what the three axes are: "component" labels them component 1, 2 and 3.
    """
    points, labels = _numpy(points), _numpy(labels)
    figure = Figure(figsize=(5.2 * len(surfaces), 4.9))
    figure.subplots_adjust(left=0, right=0.95, bottom=0.04, top=0.92, wspace=0.08)
    figure.suptitle(title)
    colours = matplotlib.colormaps["tab10"](labels % 10)
    low, high = points.min(axis=0), points.max(axis=0)
    for i, (name, surface) in enumerate(surfaces.items()):
        axes = figure.add_subplot(1, len(surfaces), i + 1, projection="3d")
        axes.scatter(*points.T, s=7, c=colours, alpha=0.5, linewidths=0, depthshade=False)
        axes.plot_wireframe(*_numpy(surface.movedim(-1, 0)), color="black", linewidth=0.7)
        axes.set(title=name, **{f"{c}label": f"{axis} {j + 1}" for j, c in enumerate("xyz")})
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
        axes.view_init(elev=20, azim=-60)
        axes.set_box_aspect(None, zoom=0.95)
    return picture(
        figure, alt or f"{title}: {', '.join(surfaces)}, each as a mesh among {len(points)} points in space."
    )


def filters(weights: Tensor, title: str, columns: int = 16, alt: str = "", names: Sequence[str] = ()) -> Picture:
    """Draw weights `[b, h, w]` as small pictures: blue negative, white zero, red positive, each to its own scale.

    `names` names the rows.
    """
    w = weights.detach().cpu().float()
    w = w / w.abs().amax(dim=(1, 2), keepdim=True).clamp_min(1e-12)
    rows = math.ceil(len(w) / columns)
    figure, axes = _figure(0.55 * columns + 1.2, 0.55 * rows + 0.7)
    shown = axes.imshow(_tiles(w[:, None], columns, blank=0.0), cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    axes.set(title=title, xticks=[], yticks=[], xlabel=f"{w.shape[1]} × {w.shape[2]} weights each")
    axes.tick_params(length=0)
    if names:
        axes.set_yticks([(w.shape[1] + 2) * (i + 0.5) for i in range(len(names))], names)
    figure.colorbar(shown, ax=axes, label="weight / largest", shrink=0.9)
    return picture(figure, alt or f"{title}: {len(w)} filters, each {w.shape[1]} by {w.shape[2]}.")


def heatmap(
    values: Tensor,
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    xlabel: str,
    ylabel: str,
    unit: str,
    alt: str = "",
) -> Picture:
    """Draw a table of values `[rows, columns]` with a colour and a number in each cell; each column's largest is bold.

    `xlabel` says what the columns differ in, `ylabel` what the rows do, `unit` what the numbers are.
    """
    v = _numpy(values)
    digits = 0 if (v == v.round()).all() else 1
    figure, axes = _figure(0.95 * len(columns) + 2.4, 0.5 * len(rows) + 1.3)
    shown = axes.imshow(v, cmap="viridis", aspect="auto")
    middle = (v.min() + v.max()) / 2
    for i, j in np.ndindex(v.shape):
        weight = "bold" if v[i, j] == v[:, j].max() else "normal"
        colour = "black" if v[i, j] > middle else "white"
        axes.text(j, i, f"{v[i, j]:.{digits}f}", ha="center", va="center", color=colour, fontweight=weight)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axes.tick_params(length=0)
    figure.colorbar(shown, ax=axes, label=unit)
    if not alt:
        lines = [f"{name}: {', '.join(f'{x:.{digits}f}' for x in line)}" for name, line in zip(rows, v, strict=True)]
        alt = f"{title}. {unit}; {ylabel} down, {xlabel} across ({', '.join(columns)}). {'; '.join(lines)}."
    return picture(figure, alt)


def plane(
    panels: dict[str, tuple[Tensor, Tensor | None]],
    data: Tensor,
    title: str,
    limit: float = 1.5,
    columns: int = 3,
    alt: str = "",
) -> Picture:
    """Draw panels of the plane, each with the `data` `[n, 2]` as grey points and, above them, arrows or points.

    `panels` gives for each name the places `[m, 2]`, and the arrows `[m, 2]` that start there, in units of the
    axes, or None for points.
    """
    rows = math.ceil(len(panels) / columns)
    figure = Figure(figsize=(3.3 * columns, 3.3 * rows + 0.5), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.1)
    figure.suptitle(title)
    every = np.atleast_1d(figure.subplots(rows, columns, sharex=True, sharey=True)).flatten()
    for axes in every[len(panels) :]:
        axes.set_axis_off()
    for axes, (name, (places, arrows)) in zip(every, panels.items(), strict=False):
        axes.scatter(*_numpy(data).T, s=3, color="0.7", linewidths=0)
        if arrows is None:
            axes.scatter(*_numpy(places).T, s=5, color=COLOURS[0], linewidths=0)
        else:
            style = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.006, "color": COLOURS[0]}
            axes.quiver(*_numpy(places).T, *_numpy(arrows).T, **style)
        axes.set(title=name, xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    for axes in every[-columns:]:
        axes.set_xlabel("$x_1$ (no unit)")
    for axes in every[::columns]:
        axes.set_ylabel("$x_2$ (no unit)")
    return picture(figure, alt or f"{title}: {len(panels)} panels of the plane, {', '.join(panels)}.")


def _decoded_plane(decode: Callable[[Tensor], Tensor], across: Tensor, up: Tensor, title: str, alt: str) -> Picture:
    """Draw the images of all codes (z_1, z_2) with z_1 from `across`, to the right, and z_2 from `up`, upwards."""
    side = len(across)
    with torch.no_grad():
        x = decode(torch.cartesian_prod(up.flip(0), across).flip(1))  # [side², 1, 28, 28]
    figure, axes = _figure(6.4, 6.4)
    _imshow(axes, _tiles(x, side, gap=0))
    ticks = [0, side // 4, side // 2, 3 * side // 4, side - 1]
    axes.set_xticks([28 * i + 14 for i in ticks], [f"{across[i]:.1f}" for i in ticks])
    axes.set_yticks([28 * (side - 1 - i) + 14 for i in ticks], [f"{up[i]:.1f}" for i in ticks])
    axes.set(title=title, xlabel="$z_1$ (no unit)", ylabel="$z_2$ (no unit)")
    return picture(figure, alt)


def _numpy(t: Tensor) -> np.ndarray:
    return t.detach().cpu().numpy()


def _figure(width: float, height: float) -> tuple[Figure, matplotlib.axes.Axes]:
    # Figure itself instead of pyplot: nothing is registered, so nothing is shown twice or kept in memory.
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _tiles(x: Tensor, columns: int, gap: int = 2, blank: float = 0.35) -> np.ndarray:
    """Images `[b, 1, h, w]` side by side, with a grey gap between them, as one array."""
    x = x.detach().cpu().float()
    if x.ndim != 4 or x.shape[1] != 1:
        raise ValueError(f"expected images of shape [b, 1, 28, 28], got {list(x.shape)}")
    b, _, h, w = x.shape
    rows = math.ceil(b / columns)
    tiles = torch.full((rows * columns, h + gap, w + gap), blank)
    tiles[:b, gap // 2 : gap // 2 + h, gap // 2 : gap // 2 + w] = x[:, 0]
    tiles = tiles.reshape(rows, columns, h + gap, w + gap).transpose(1, 2)
    return tiles.reshape(rows * (h + gap), columns * (w + gap)).numpy()


def _imshow(axes: matplotlib.axes.Axes, tiles: np.ndarray) -> None:
    axes.imshow(tiles, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.tick_params(length=0)


def _draw_curves(axes: matplotlib.axes.Axes, history: dict, x: Sequence[float] | None, smooth: int) -> None:
    for (name, values), colour in zip(history.items(), COLOURS * 3, strict=False):
        values = np.asarray(values, dtype=float)
        if x is not None:
            axes.plot(x, values, marker="o", color=colour, label=name)
            continue
        steps = np.arange(1, len(values) + 1)
        if len(values) <= 2 * smooth:
            axes.plot(steps, values, color=colour, label=name)
            continue
        axes.plot(steps, values, color=colour, alpha=0.25, linewidth=0.8)
        mean = np.convolve(values, np.full(smooth, 1 / smooth), mode="valid")
        axes.plot(steps[smooth - 1 :], mean, color=colour, label=name)


def _ends(history: dict[str, Sequence[float]]) -> str:
    return " ".join(f"{name}: from {values[0]:.4g} to {values[-1]:.4g}." for name, values in history.items() if values)
