"""What the functions of a stack run on."""

from functools import cached_property
from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.layers.source import LayerSource
from stacks.stage import Stage


class FunctionRuntime(Construct):
    """Python, a processor and the layers. Each stack has its own, of the same contents.

    Shared across stacks, a changed layer would not reach the functions: the reference to it looks the same.
    """

    def __init__(self, scope: Construct, construct_id: str, *, layers: LayerSource, root: Path, stage: Stage) -> None:
        """Make the layers.

        Args:
            scope: the stack.
            construct_id: within the stack.
            layers: gives the layers' contents.
            root: the checkout, with `lambdas/`.
            stage: the stage.

        Raises:
            CannotSynthesizeError: a layer's prerequisite is missing.
        """
        super().__init__(scope, construct_id)
        self.root = root
        self.stage = stage
        self.architecture = lambda_.Architecture.custom(layers.architecture)
        self._source = layers
        self._everywhere = [
            self._layer("DependenciesLayer", layers.dependencies()),
            self._layer("CommonLayer", layers.common()),
        ]

    def layers(self, *, texts: bool) -> list[lambda_.LayerVersion]:
        """What a function carries; with `texts`, templates and time zones besides."""
        return [*self._everywhere, self._texts] if texts else self._everywhere

    @cached_property
    def _texts(self) -> lambda_.LayerVersion:
        """A stack in which nobody writes to people has no such layer."""
        return self._layer("TextsLayer", self._source.texts())

    def _layer(self, construct_id: str, folder: Path) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            construct_id,
            code=lambda_.Code.from_asset(str(folder)),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[self.architecture],
        )
