"""The wheel holds all that a user needs: built, installed elsewhere, the demo run from there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from firmware_tools import build_kernels, build_viper

ROOT = Path(__file__).resolve().parents[2]
_KERNEL = "from mycoflux.deploy.connect import connect; print(connect('virtual:').welcome.kernel)"


@pytest.mark.wheel
@pytest.mark.timeout(600)
def test_the_demo_runs_from_an_installed_wheel(tmp_path: Path) -> None:
    uv = shutil.which("uv") or str(ROOT / ".venv-uv" / "bin" / "uv")
    env = {
        k: v
        for k, v in os.environ.items()
        if k not in ("VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT")
    }

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=400)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(uv, "build", "--wheel", "--quiet", "--out-dir", str(tmp_path / "dist"), str(ROOT))
    wheel = next((tmp_path / "dist").glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    for kernel, archs in (("viper", build_viper.ARCHS), ("native", build_kernels.ARCHS)):
        assert {f"mycoflux/_data/kernels/built/{kernel}-{arch}.mpy" for arch in archs} < names
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"mycoflux", "myco", "myco_hal"}
    run(uv, "venv", "--quiet", "--python", sys.executable, "venv")
    run(uv, "pip", "install", "--quiet", "--python", "venv/bin/python", f"{wheel}[plot]")
    out = run("venv/bin/mycoflux", "demo", "--seconds", "0.5")
    assert "spikes identical to reference: " in out
    kernel = run("venv/bin/python", "-c", _KERNEL).strip()
    assert kernel == "native"
    assert (tmp_path / "runs" / "demo" / "path.png").exists()
    assert "microbit" in run("venv/bin/mycoflux", "boards")
