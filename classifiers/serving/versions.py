"""Trained models as files: arrays by skops, and beside them a manifest that says what they are and holds their hash.

No code is read: an array is an array, and a file that holds anything else is refused (never pickle, OWASP ASVS 1.5.2).
skops writes; what it writes of plain arrays is read here, for skops brings all of scikit-learn along: 85 MB and a second.
"""

import hashlib
import json
import secrets
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from numpy.lib.format import read_array

from classifiers.judging.features import FORM
from classifiers.judging.trained import TrainedModel
from monitor.errors import MonitorError

#: Built by `python -m classifiers.training.shipping` from the training set beside it; one for each encoder, and one for none.
SHIPPED = Path(__file__).resolve().parents[1] / "data" / "models"
#: What stands for no encoder in file names.
WORDS = "words"


class ModelError(MonitorError):
    """A trained model cannot be used: its file is missing, damaged, or made for other features or another encoder."""


def save(model: TrainedModel, folder: Path) -> None:
    """Writes a model and its manifest into `folder`; whoever reads meanwhile finds the old one or the new.

    Raises:
        OSError: they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    import skops.io

    arrays = model.as_arrays()
    manifest = arrays.pop("manifest")
    body = skops.io.dumps(arrays)
    described = {
        **dict(manifest),  # type: ignore[call-overload]
        "name": model.name,
        "encoder": model.encoder,
        "form": FORM,
        "topics": list(model.topics),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    _write(folder / f"{model.name}.skops", body)
    _write(
        folder / f"{model.name}.json",
        (json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode(),
    )


def load(folder: Path, name: str) -> TrainedModel:
    """The model of `folder` called so, its arrays checked against its manifest's hash.

    Raises:
        ModelError: its files are missing, damaged, of another form (`features.FORM`), or of another name.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        body = (folder / f"{name}.skops").read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"model {name}: {error}") from error
    if not isinstance(manifest, dict) or hashlib.sha256(body).hexdigest() != manifest.get("sha256"):
        raise ModelError(f"model {name}: the file is not the one that its manifest speaks of")
    if manifest.get("form", FORM) != FORM:
        raise ModelError(
            f"model {name}: learned from features of another form ({manifest.get('form')}, not {FORM})"
        )
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            arrays = _plain(json.loads(archive.read("schema.json")), archive)
        model = TrainedModel(**arrays, manifest=manifest)
    except (zipfile.BadZipFile, ValueError, TypeError, KeyError, OSError) as error:
        raise ModelError(f"model {name}: not readable: {error!r}") from error
    if model.name != name:
        raise ModelError(f"model {name}: the file holds a model called {model.name}")
    return model


def _plain(node: Any, archive: zipfile.ZipFile) -> Any:
    """What a node of skops's schema stands for, where that is a dict, a tuple, a text or number, or an array.

    Raises:
        TypeError: it stands for anything else, which is not made.
    """
    match node:
        case {"__loader__": "DictNode", "__class__": "dict", "content": dict(content)}:
            return {key: _plain(value, archive) for key, value in content.items()}
        case {"__loader__": "TupleNode", "__class__": "tuple", "content": list(content)}:
            return tuple(_plain(value, archive) for value in content)
        case {"__loader__": "JsonNode", "content": str(content)}:
            return json.loads(content)
        case {"__loader__": "NdArrayNode", "__class__": "ndarray", "type": "numpy", "file": str(file)}:
            return read_array(BytesIO(archive.read(file)), allow_pickle=False)
        case {"__module__": module, "__class__": name}:
            raise TypeError(f"{module}.{name} is not trusted")
    raise TypeError("no node of skops")


def shipped(encoder: str) -> TrainedModel | None:
    """The model that ships for an encoder's vectors ("" for none); None where none was built for it.

    Raises:
        ModelError: it is damaged.
    """
    name = shipped_name(encoder)
    return load(SHIPPED, name) if (SHIPPED / f"{name}.json").exists() else None


def shipped_name(encoder: str) -> str:
    """The name of the shipped model for an encoder ("" for none), whether there is one or not."""
    return f"shipped-{encoder or WORDS}"


def own_name(encoder: str, learned_at: datetime) -> str:
    """The name of a model that this house trains for an encoder ("" for none); `learned_at` is aware UTC."""
    return f"own-{learned_at:%Y%m%d-%H%M%S}-{encoder or WORDS}"


def learned_at(name: str) -> datetime | None:
    """When the model of this name was trained; None for one that no house trained."""
    try:
        return datetime.strptime(f"{name[:19]}+0000", "own-%Y%m%d-%H%M%S%z")
    except ValueError:
        return None


def active_name(folder: Path, encoder: str) -> str:
    """The name of the model of `folder` in force for an encoder; empty where that is the shipped one."""
    try:
        return _pointer(folder, encoder).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def is_here(folder: Path, name: str) -> bool:
    """Whether a model of this name has its files in `folder`."""
    return all((folder / f"{name}.{kind}").exists() for kind in ("json", "skops"))


def activate(folder: Path, encoder: str, name: str) -> None:
    """Puts a model of `folder` in force for an encoder, or with no name the shipped one again.

    Raises:
        OSError: that cannot be written down.
    """
    if name:
        _write(_pointer(folder, encoder), name.encode())
    else:
        _pointer(folder, encoder).unlink(missing_ok=True)


def _pointer(folder: Path, encoder: str) -> Path:
    return folder / f"active-{encoder or WORDS}.txt"


def _write(file: Path, body: bytes) -> None:
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        draft.write_bytes(body)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
