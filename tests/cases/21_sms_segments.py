"""No character is split between two segments: 153 brackets (two places each) are 76 a segment, so three, not two."""

from kit import check, ok

from lambdas.sms_send.segments import segments

count = segments("]" * 153).count
check(count == 3, f"153 x ] counts {count} segments")
ok()
