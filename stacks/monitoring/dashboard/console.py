"""Where people look in the AWS console."""


def cloudwatch_console(region: str) -> str:
    """CloudWatch's address in a region, to which a fragment such as `#alarmsV2:` is added."""
    return f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
