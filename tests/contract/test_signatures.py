"""Values that belong together reach a function as one: nobody takes nine and more."""

import ast
from collections.abc import Iterator

from tests.places import ROOT, sources

PACKAGES = ("mammoganesis", "services", "training")
MOST = 8  # parameters beside self; a command has one for each of its options, a kernel one for each pointer and stride


def _functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for package in PACKAGES:
        for path in sources(package, "*.py"):
            if "_pb2" not in path.name:
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                        yield f"{path.relative_to(ROOT)}:{node.name}", node


def _is_command_or_kernel(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
    return any("command" in decorator or decorator == "triton.jit" for decorator in decorators)


def test_no_function_takes_nine_values() -> None:
    found = {}
    for place, node in _functions():
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = len([argument for argument in arguments if argument.arg not in ("self", "cls")])
        if count > MOST and not _is_command_or_kernel(node):
            found[place] = count
    assert found == {}
