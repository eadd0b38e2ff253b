"""Import torchvision also where its compiled operators do not load.

The torchvision wheel on PyPI is built for CUDA. Beside a CPU-only torch its operators do not load, and then even
`import torchvision` fails: "operator torchvision::nms does not exist". The labs need only its Python parts
(datasets, make_grid), for which it is enough that the two operators named during the import have a declaration.
"""

import importlib

import torch

_declarations = []  # torch forgets a declaration when its Library object is deleted


def import_torchvision():
    """Import torchvision, which takes about two seconds the first time, and return the module.

    Where its operators load, this is `import torchvision` and nothing else. Write
    `from utils.torchvision_shim import import_torchvision` wherever torchvision is needed; nobody else imports it.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        torchvision is not installed, or broken in another way.
    """
    try:
        return importlib.import_module("torchvision")
    except ModuleNotFoundError as error:
        if error.name != "torchvision":
            raise
        raise ImportError("torchvision is not installed in this Python: pip install torchvision") from None
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declarations.append(library)
    return importlib.import_module("torchvision")
