import unittest

from harness.reply import parse_reply
from harness.scores import format_score, with_scores_of_7_2

LONG, SHORT = b"$18\r\n3.1000000000000001\r\n", b"$3\r\n3.1\r\n"


class Scores(unittest.TestCase):
    def test_scores_are_printed_as_7_2_does(self):
        for score, text in (
            (3.1, b"3.1"), (0.0, b"0"), (-0.0, b"-0"), (-1.0, b"-1"), (1e15, b"1000000000000000"),
            (1e16, b"10000000000000000"), (1e20, b"1e+20"),
            (1e-4, b"0.0001"), (1e-7, b"1e-7"), (-1.5e-7, b"-1.5e-7"),
            (1700000000.123456, b"1700000000.123456"), (float("inf"), b"inf"),
            (float("-inf"), b"-inf"), (5e-324, b"5e-324"), (0.1 + 0.2, b"0.30000000000000004"),
        ):
            self.assertEqual(format_score(score), text)

    def check(self, command, raw, expected):
        self.assertEqual(with_scores_of_7_2(command.split(), parse_reply(raw)).raw, expected)

    def test_only_scores_are_printed_anew(self):
        pair, printed = b"*2\r\n" + LONG + LONG, b"*2\r\n" + LONG + SHORT
        self.check(b"GET a", LONG, LONG)
        self.check(b"zscore a b", LONG, SHORT)
        self.check(b"ZSCORE a b", b"$-1\r\n", b"$-1\r\n")
        self.check(b"ZSCORE a b", b",3.1000000000000001\r\n", b",3.1\r\n")
        self.check(b"ZADD a 1 b", b":1\r\n", b":1\r\n")
        self.check(b"ZRANGE a 0 -1", pair, pair)
        self.check(b"ZRANGE a 0 -1 withscores", pair, printed)
        self.check(b"ZRANGE a 0 -1 WITHSCORES", b"*1\r\n" + pair, b"*1\r\n" + printed)
        self.check(b"ZRANGE a 0 x WITHSCORES", b"-ERR a\r\n", b"-ERR a\r\n")
        self.check(b"ZMSCORE a b c", pair, b"*2\r\n" + SHORT + SHORT)
        self.check(b"ZPOPMIN a", pair, printed)
        self.check(b"ZSCAN a 0", b"*2\r\n" + LONG + pair, b"*2\r\n" + LONG + printed)
        self.check(b"ZMPOP 1 a MIN", b"*2\r\n" + LONG + b"*1\r\n" + pair,
                   b"*2\r\n" + LONG + b"*1\r\n" + printed)
        self.check(b"ZMPOP 1 a MIN", b"*-1\r\n", b"*-1\r\n")
