import unittest

from harness.comparison import Approximately, Exactly
from harness.script import ScriptError, Variable, parse_steps


class Scripts(unittest.TestCase):
    def test_a_directive_concerns_the_next_command_only(self):
        steps = parse_steps("@approximately 5\nTTL a\n\n# comment\nTTL $b \"$c\"\n")
        self.assertEqual([step.line_number for step in steps], [2, 5])
        self.assertEqual(steps[0].comparison, Approximately(5))
        self.assertIsInstance(steps[1].comparison, Exactly)
        self.assertEqual(steps[1].arguments, (b"TTL", Variable("b"), b"$c"))

    def test_mistakes_are_told(self):
        for text in ("@nothing", "@approximately", "@approximately x\nTTL a", "@unordered",
                     "@unordered\n@sleep 1\nKEYS *", 'GET "a', "@sleep", "@repeat a b c"):
            with self.assertRaises(ScriptError):
                parse_steps(text)
