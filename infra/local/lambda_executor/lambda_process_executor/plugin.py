"""The entry point LocalStack finds the executor by (LAMBDA_RUNTIME_EXECUTOR=process)."""

from typing import TYPE_CHECKING, Any

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

if TYPE_CHECKING:
    from .executor import ProcessRuntimeExecutor


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]  # untyped base
    """Offers the process executor under the name `process`."""

    name = "process"

    def load(self, *_args: Any, **_kwargs: Any) -> "type[ProcessRuntimeExecutor]":
        """Return the executor class; imported late, because LocalStack lists plugins at start."""
        from .executor import ProcessRuntimeExecutor  # noqa: PLC0415

        return ProcessRuntimeExecutor
