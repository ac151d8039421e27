"""The copy of a large index in a graphics processor's memory, with faiss-gpu in the place of faiss-cpu.

Only what FAISS can search there is copied: the index in cells, all of it. The index itself stays as it is, for what changes
and for searches among chosen ids, which FAISS does on the processor alone.
"""

from __future__ import annotations

from typing import Any

import faiss

from knowledge.errors import MissingExtra

_COMMAND = 'pip install "coursemate[faiss-gpu]" && pip uninstall -y faiss-cpu && pip install --force-reinstall --no-deps faiss-gpu-cu12'


def check_gpu() -> None:
    """Raises MissingExtra where FAISS was built without GPUs or finds none."""
    if not hasattr(faiss, "StandardGpuResources") or faiss.get_num_gpus() < 1:
        raise MissingExtra(
            "The setting index_on_gpu needs a GPU and the package faiss-gpu-cu12 in the place of faiss-cpu. "
            f"Install it with: {_COMMAND}",
            code="engine_missing_extra",
            role="index",
            name="faiss-cells",
            packages="faiss-gpu-cu12",
            command=_COMMAND,
        )


class OnGpu:
    """A copy on the first GPU, which visits as many cells as the original."""

    def __init__(self, index: faiss.IndexIVF) -> None:
        self._resources = faiss.StandardGpuResources()  # must live as long as the copy
        self._copy = faiss.index_cpu_to_gpu(self._resources, 0, index)
        self._copy.nprobe = index.nprobe

    def search(self, vectors: Any, k: int) -> tuple[Any, Any]:
        return self._copy.search(vectors, k)
