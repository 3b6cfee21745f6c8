"""The database's migrations are one chain: two that follow the same one would stop records at its start."""

import ast

from tests.places import ROOT

VERSIONS = ROOT / "services" / "records" / "sql" / "migrations" / "versions"


def _named(text: str) -> dict[str, str | None]:
    """Values that a migration gives to names."""
    found = (node for node in ast.parse(text).body if isinstance(node, ast.Assign))
    return {str(ast.unparse(node.targets[0])): ast.literal_eval(node.value) for node in found}


def test_each_migration_follows_another_one_and_one_begins() -> None:
    migrations = [_named(path.read_text()) for path in VERSIONS.glob("*.py")]
    revisions = {each["revision"] for each in migrations}
    before = [each["down_revision"] for each in migrations]
    assert len(revisions) == len(migrations)
    assert len(set(before)) == len(before), sorted(map(str, before))
    assert set(before) - revisions == {None}
