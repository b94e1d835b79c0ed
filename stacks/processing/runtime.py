"""The runtime, architecture and layers of a stack's functions."""

from functools import cached_property
from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.layers.source import LayerSource
from stacks.stage import Stage


class FunctionRuntime(Construct):
    """The layers and the architecture of functions; each stack with functions creates one.

    If stacks shared layers, a changed layer would not reach the functions of another stack, because the reference to
    the layer would not change.
    """

    def __init__(self, scope: Construct, construct_id: str, *, layers: LayerSource, root: Path, stage: Stage) -> None:
        """Create the layers.

        Args:
            scope: the stack.
            construct_id: within the stack.
            layers: provides the layers' contents.
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
        self._base_layers = [
            self._layer("DependenciesLayer", layers.dependencies()),
            self._layer("CommonLayer", layers.common()),
        ]

    def layers(self, *, texts: bool) -> list[lambda_.LayerVersion]:
        """Return a function's layers; with `texts` also the layer of templates and time zones."""
        return [*self._base_layers, self._texts] if texts else self._base_layers

    @cached_property
    def _texts(self) -> lambda_.LayerVersion:
        """The layer of templates and time zones, created only in stacks with a function that needs it."""
        return self._layer("TextsLayer", self._source.texts())

    def _layer(self, construct_id: str, folder: Path) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            construct_id,
            code=lambda_.Code.from_asset(str(folder)),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[self.architecture],
        )
