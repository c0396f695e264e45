import unittest

from harness.comparison import Approximately
from harness.script import (
    Define, Flush, Keep, Receive, Rename, ScriptError, Send, UseClient, Variable, parse_steps,
)


class Scripts(unittest.TestCase):
    def test_a_directive_concerns_the_next_command_only(self):
        steps = parse_steps("@approximately 5\nTTL a\n\n# comment\nTTL $b \"$c\"\n")
        self.assertEqual([step.line_number for step in steps], [2, 5])
        self.assertEqual(steps[0].comparison, Approximately(5))
        self.assertIsNone(steps[1].comparison)
        self.assertEqual(steps[1].arguments, (b"TTL", Variable("b"), b"$c"))

    def test_a_loop_is_written_out(self):
        steps = parse_steps("@for some few many\nGET $some\n@end\nGET a\n")
        self.assertEqual(steps[0:2], (Flush(), Rename("some", "few")))
        self.assertEqual(steps[3:5], (Flush(), Rename("some", "many")))
        self.assertEqual([step.line_number for step in (steps[2], steps[5], steps[7])], [2, 2, 4])

    def test_a_series_is_many_words(self):
        self.assertEqual(parse_steps("@series few 1 2 %d m%d"),
                         (Define("few", (b"1", b"m1", b"2", b"m2")),))
        self.assertEqual(parse_steps("@series none 1 0 x"), (Define("none", ()),))

    def test_clients_and_their_replies(self):
        steps = parse_steps("@client 2\n@send GET $a\n@approximately 5\n@receive\n@keep id CLIENT ID")
        self.assertEqual(steps[0], UseClient(2))
        self.assertEqual(steps[1], Send(2, (b"GET", Variable("a")), True))
        self.assertEqual(steps[2], Receive(4, Approximately(5)))
        self.assertEqual(steps[3], Keep(5, "id", (b"CLIENT", b"ID")))

    def test_mistakes_are_told(self):
        for text in ("@nothing", "@approximately", "@approximately x\nTTL a", "@unordered",
                     "@unordered\n@sleep 1\nKEYS *", 'GET "a', "@sleep", "@repeat a b c",
                     "@for a b\nGET a", "@end", "@client", "@client x", "@series a 1 2", "@scan_of HSCAN",
                     "@for a b\n@for c d\n@end\n@end"):
            with self.assertRaises(ScriptError):
                parse_steps(text)
