#!/usr/bin/env python3
"""Fails on an include that a layer may not have (src/, kernels/, bench/), and tests itself."""

import re
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Each layer may include itself and what stands before it.
LAYERS = [
    "model",
    "routing",
    "traffic",
    "device",
    "comm",
    "dispatcher",
    "measure",
    "report",
    "bench",
]
# kernels/ stands beside device: what it may include, and who may include it.
KERNELS_MAY_INCLUDE = {"model", "routing", "traffic", "device", "kernels"}
KERNELS_FROM = LAYERS.index("dispatcher")
MEASURE_KNOWS_NO_MOE = "kernels/peak.hpp"  # of kernels/ only the machine's peaks
# Each folder of bench/common may include itself and what stands before it.
BENCH_COMMON = ["options", "cases", "launch", "inputs", "rows", "measuring", "collectives", "kernels"]
# kernels/ is of binaries of one process: it stands beside all that starts MPI.
BENCH_KERNELS_MAY_INCLUDE = {"options", "cases", "kernels"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
GPU_HEADER = re.compile(r"cuda|cublas|nccl", re.IGNORECASE)


def may_include(layer: str, header: str) -> bool:
    """Whether a file of `layer` may include the project's `header`."""
    target = header.split("/")[0]
    if layer == "kernels":
        return target in KERNELS_MAY_INCLUDE
    if target == "kernels":
        if layer == "measure":
            return header == MEASURE_KNOWS_NO_MOE
        return LAYERS.index(layer) >= KERNELS_FROM
    return target in LAYERS and LAYERS.index(target) <= LAYERS.index(layer)


def may_include_in_bench(name: str, header: str) -> bool:
    """Whether the file `name` may include `header` as far as the folders of bench/common go."""
    if not (name.startswith("bench/common/") and header.startswith("bench/common/")):
        return True
    folder, target = name.split("/")[2], header.split("/")[2]
    if folder == "kernels":
        return target in BENCH_KERNELS_MAY_INCLUDE
    return BENCH_COMMON.index(target) <= BENCH_COMMON.index(folder)


def violations(root: Path) -> list[str]:
    """Every forbidden include below `root`, as "file: reason"."""
    found = []
    sources = [
        path
        for folder in ("src", "kernels", "bench")
        for path in (root / folder).rglob("*")
        if path.suffix in (".hpp", ".cpp", ".cu", ".cuh")
    ]
    for path in sorted(sources):
        name = path.relative_to(root).as_posix()
        layer = name.removeprefix("src/").split("/")[0]
        for bracket, header in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if bracket == '"' and not may_include(layer, header):
                found.append(f"{name}: {layer} may not include {header}")
            if not may_include_in_bench(name, header):
                found.append(f"{name}: bench/common/ is in another order than {header}")
            if header == "mpi.h" and not name.startswith("src/comm/"):
                found.append(f"{name}: mpi.h belongs below src/comm")
            if bracket == "<" and GPU_HEADER.search(header) and not re.search("cuda|nccl", name):
                found.append(f"{name}: {header} belongs into a cuda or nccl folder")
    return found


class LayersTest(unittest.TestCase):
    def test_this_tree_has_no_forbidden_include(self) -> None:
        self.assertEqual([], violations(ROOT))

    def violations_of(self, files: dict[str, str]) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return violations(Path(folder))

    def test_catches_every_kind_of_forbidden_include(self) -> None:
        forbidden = {
            "src/model/a.cpp": '#include "routing/x.hpp"\n',
            "src/device/b.hpp": '#  include "kernels/router.hpp"\n',
            "src/comm/c.cpp": '#include "kernels/router.hpp"\n',
            "src/measure/d.cpp": '#include "kernels/router.hpp"\n',
            "src/dispatcher/e.cpp": '#include "measure/statistics.hpp"\n',
            "kernels/host/f.cpp": '#include "comm/transport.hpp"\n',
            "src/report/g.cpp": "#include <mpi.h>\n",
            "src/device/host/h.cpp": "#include <cuda_runtime.h>\n",
            "src/comm/mpi/i.cpp": "#include <nccl.h>\n",
            "bench/common/cases/k.cpp": '#include "bench/common/rows/x.hpp"\n',
            "bench/common/kernels/l.cpp": '#include "bench/common/launch/x.hpp"\n',
            "src/report/j.cpp": '#include "record.hpp"\n',  # not rooted at src/
        }
        for name, text in forbidden.items():
            with self.subTest(name):
                self.assertEqual(1, len(self.violations_of({name: text})))

    def test_lets_pass_what_is_allowed(self) -> None:
        allowed = {
            "src/comm/mpi/a.cpp": '#include <mpi.h>\n#include "comm/transport.hpp"\n',
            "src/comm/nccl/b.cpp": "#include <nccl.h>\n#include <cuda_runtime.h>\n",
            "src/dispatcher/c.cpp": '#include "kernels/permutation.hpp"\n#include <vector>\n',
            "src/measure/d.cpp": '#include "kernels/peak.hpp"\n#include "comm/x.hpp"\n',
            "kernels/cuda/e.cu": '#include <cuda_fp8.h>\n#include "device/stream.hpp"\n',
            "bench/f.cpp": '#include "bench/common/cases/cases.hpp"\n#include "report/x.hpp"\n',
            "bench/common/rows/g.cpp": '#include "bench/common/cases/cases.hpp"\n',
        }
        self.assertEqual([], self.violations_of(allowed))


if __name__ == "__main__":
    unittest.main()
