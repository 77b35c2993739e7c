"""Reads templates as tests need them: CloudFormation's short tags written out."""

from pathlib import Path
from typing import Any

import yaml

INFRA = Path(__file__).parents[3] / "infra"


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


def load(name: str) -> dict[str, Any]:
    """Return a template of infra/ by its name."""
    loaded: dict[str, Any] = yaml.load((INFRA / f"{name}.yaml").read_text(), _Loader)  # noqa: S506
    return loaded
