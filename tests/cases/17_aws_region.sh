#!/bin/bash
# AWS_REGION is what the other SDKs, the AWS CLI and most shells set: it is a region, and no reason to say that none is
# set.
out=$(env -u AWS_DEFAULT_REGION AWS_REGION=eu-central-1 AWS_CONFIG_FILE=/nonexistent \
  AWS_SHARED_CREDENTIALS_FILE=/nonexistent AWS_EC2_METADATA_DISABLED=true \
  "${PYTHON:-.venv/bin/python}" -m ops status --stage dev 2>&1)
if grep -q "no AWS region" <<<"$out"; then
  echo "FAIL 17: $out"
  exit 1
fi
echo "ok   17"
