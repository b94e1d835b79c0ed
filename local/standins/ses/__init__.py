"""A stand-in before Amazon SES v2 that keeps the mails, and reports what became of them as SES does."""
