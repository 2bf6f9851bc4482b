"""The public surface: small, documented, typed."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_cicache

PACKAGE = Path(pytest_cicache.__file__).parent
PACKAGES = sorted(module.name for module in pkgutil.iter_modules([str(PACKAGE)]) if module.ispkg)


def test_the_package_gives_each_public_name() -> None:
    """`__all__` is at most 25 names, and each is there."""
    assert len(pytest_cicache.__all__) <= 25
    for name in pytest_cicache.__all__:
        assert getattr(pytest_cicache, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    """The lazy package says what it does not have."""
    with pytest.raises(AttributeError, match="has no attribute 'Simulator'"):
        pytest_cicache.Simulator  # noqa: B018


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_lists_what_it_gives(name: str) -> None:
    """Every name of a package's `__all__` is there, sorted, and documented where it can be."""
    package = importlib.import_module(f"pytest_cicache.{name}")

    for public in package.__all__:
        assert hasattr(package, public), public
    assert package.__doc__


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=str(p.relative_to(PACKAGE))) for p in sorted(PACKAGE.rglob("*.py"))]
)
def test_every_module_says_what_it_is(path: Path) -> None:
    """Each module opens with a docstring, and each public function and class in it has one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]

    assert ast.get_docstring(tree)
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def test_the_typed_api_type_checks() -> None:
    """`tests/typing/api.py` uses every public name, and mypy agrees with it."""
    mypy = pytest.importorskip("mypy.api", reason="mypy is a development dependency")

    out, err, status = mypy.run(["--strict", str(Path(__file__).parent / "typing" / "api.py")])

    assert (status, err) == (0, ""), out


def test_importing_the_package_imports_nothing_else() -> None:
    """The package itself is a list of names."""
    code = "import sys, pytest_cicache; print([n for n in sys.modules if n.startswith('pytest_cicache.')])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
