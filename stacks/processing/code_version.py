"""The version of a function's code, by which log lines and dead letters name what ran."""

import hashlib
from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

_DIGITS = 8
"""Hexadecimal digits: enough for the deployments of years, short enough for each log line."""


def code_version(function: lambda_.Function, layers: Sequence[lambda_.LayerVersion]) -> str:
    """Hash a function's code and its layers' contents; a deployment that changes none of them keeps the version.

    Lambda's own versions name nothing here: none are published, so each function runs as `$LATEST`.
    """
    parts = "\n".join(_asset_hash(each) for each in (function, *layers))
    return hashlib.sha256(parts.encode()).hexdigest()[:_DIGITS]


def _asset_hash(owner: Construct) -> str:
    """The hash of the asset that CDK adds under this id to a construct with `Code.from_asset`."""
    return cast("s3_assets.Asset", owner.node.find_child("Code")).asset_hash
