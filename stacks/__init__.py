"""The CDK stacks: one folder a stack, one file a construct."""
