import unittest

from harness.comparison import (
    Among, Approximately, Besides, Each, Exactly, Length, Matching, Unordered, UnorderedPairs,
    by_command, of_reply,
)
from harness.reply import parse_reply
from harness.transaction import Queue

FOUND = b"*2\r\n$1\r\na\r\n$1\r\nb\r\n"
TURNED = b"*2\r\n$1\r\nb\r\n$1\r\na\r\n"
TWICE = b"*2\r\n$1\r\na\r\n$1\r\na\r\n"


class Comparisons(unittest.TestCase):
    def check(self, comparison, expected, actual, agree):
        self.assertEqual(comparison.agree(parse_reply(expected), parse_reply(actual)), agree)

    def test_exactly_is_byte_by_byte(self):
        self.check(Exactly(), b"+OK\r\n", b"+OK\r\n", True)
        self.check(Exactly(), b"+OK\r\n", b"$2\r\nOK\r\n", False)
        self.check(Exactly(), b"$-1\r\n", b"*-1\r\n", False)
        self.check(Exactly(), FOUND, TURNED, False)

    def test_unordered_minds_elements_and_their_number_only(self):
        self.check(Unordered(), FOUND, TURNED, True)
        self.check(Unordered(), FOUND, TWICE, False)
        self.check(Unordered(), FOUND, b"*1\r\n$1\r\na\r\n", False)
        self.check(Unordered(), b"*1\r\n$1\r\n1\r\n", b"*1\r\n:1\r\n", False)
        self.check(Unordered(), b"*1\r\n" + FOUND, b"*1\r\n" + TURNED, True)
        self.check(Unordered(), b"-ERR a\r\n", b"-ERR b\r\n", False)

    def test_approximately_keeps_signs_apart(self):
        self.check(Approximately(50), b":100\r\n", b":150\r\n", True)
        self.check(Approximately(50), b":100\r\n", b":151\r\n", False)
        self.check(Approximately(50), b":-1\r\n", b":-2\r\n", False)
        self.check(Approximately(50), b":-1\r\n", b":1\r\n", False)
        self.check(Approximately(50), b":-1\r\n", b":-1\r\n", True)
        self.check(Approximately(50), b":1\r\n", b"$1\r\n1\r\n", False)

    def test_among_wants_a_choice_from_each_side(self):
        among = Among(frozenset((b"a", b"b")))
        self.check(among, b"$1\r\na\r\n", b"$1\r\nb\r\n", True)
        self.check(among, b"$1\r\na\r\n", b"$1\r\nc\r\n", False)
        self.check(among, b"$1\r\nc\r\n", b"$1\r\na\r\n", False)
        self.check(among, b"$-1\r\n", b"$-1\r\n", False)
        self.check(among, FOUND, TWICE, True)
        self.check(among, FOUND, b"*1\r\n$1\r\na\r\n", False)
        self.check(among, FOUND, b"*2\r\n$1\r\na\r\n$1\r\nc\r\n", False)
        self.check(among, b"*1\r\n$1\r\na\r\n", b"$1\r\na\r\n", False)

    def test_length_counts_elements(self):
        self.check(Length(), FOUND, TWICE, True)
        self.check(Length(), FOUND, b"*1\r\n$1\r\na\r\n", False)
        self.check(Length(), b":1\r\n", b":2\r\n", False)
        self.check(Length(), b"*0\r\n", b"*-1\r\n", False)

    def test_pairs_stay_together(self):
        pairs = b"*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n"
        self.check(UnorderedPairs(), pairs, b"*4\r\n:3\r\n:4\r\n:1\r\n:2\r\n", True)
        self.check(UnorderedPairs(), pairs, b"*4\r\n:1\r\n:4\r\n:3\r\n:2\r\n", False)
        self.check(UnorderedPairs(), pairs, b"*3\r\n:1\r\n:2\r\n:3\r\n", False)
        self.check(UnorderedPairs(), b"*2\r\n" + FOUND + TWICE, b"*2\r\n" + TWICE + FOUND, True)
        self.check(UnorderedPairs(), b"*1\r\n" + FOUND, b"*1\r\n" + TURNED, False)
        self.check(UnorderedPairs(), b"-ERR a\r\n", b"-ERR b\r\n", False)

    def test_sets_have_no_order_and_sorted_sets_one(self):
        for words, kind in (
            ((b"smembers", b"a"), Unordered), ((b"HGETALL", b"a"), UnorderedPairs),
            ((b"HRANDFIELD", b"a", b"9"), Unordered), ((b"ZRANGE", b"a", b"0", b"-1"), Exactly),
            ((b"HRANDFIELD", b"a", b"9", b"withvalues"), UnorderedPairs),
        ):
            self.assertIsInstance(by_command(words), kind)

    def test_matching_wants_the_pattern_on_both_sides(self):
        digits = Matching(b"[0-9]+")
        self.check(digits, b":1\r\n", b":22\r\n", True)
        self.check(digits, b":1\r\n", b"$1\r\n1\r\n", False)
        self.check(digits, b":1\r\n", b":-1\r\n", False)
        self.check(digits, b"$-1\r\n", b"$-1\r\n", False)
        self.check(digits, b"=5\r\ntxt:1\r\n", b"=5\r\ntxt:2\r\n", True)

    def test_besides_minds_the_other_elements(self):
        second = Besides(frozenset((1,)))
        self.check(second, FOUND, TWICE, True)
        self.check(second, FOUND, TURNED, False)
        self.check(second, FOUND, b"*2\r\n$1\r\na\r\n:1\r\n", False)
        self.check(second, FOUND, b"*1\r\n$1\r\na\r\n", False)
        self.check(second, b"-ERR a\r\n", b"-ERR b\r\n", False)

    def test_each_reply_of_exec_by_its_own_rule(self):
        rules = Each((Unordered(), Exactly()))
        self.check(rules, b"*2\r\n" + FOUND + FOUND, b"*2\r\n" + TURNED + FOUND, True)
        self.check(rules, b"*2\r\n" + FOUND + FOUND, b"*2\r\n" + FOUND + TURNED, False)
        self.check(rules, b"*2\r\n" + FOUND + FOUND, b"*1\r\n" + FOUND, False)
        self.check(rules, b"*-1\r\n", b"*-1\r\n", True)
        self.check(rules, b"*-1\r\n", b"_\r\n", False)

    def test_what_is_queued_is_compared_when_it_is_run(self):
        queue, queued = Queue(), parse_reply(b"+QUEUED\r\n")
        of_reply(None, queue, (b"MULTI",), parse_reply(b"+OK\r\n"))
        self.assertIsInstance(of_reply(Approximately(5), queue, (b"TTL", b"a"), queued), Exactly)
        of_reply(None, queue, (b"SMEMBERS", b"a"), queued)
        found = of_reply(None, queue, (b"EXEC",), parse_reply(b"*0\r\n"))
        self.assertEqual(found.comparisons[0], Approximately(5))
        self.assertIsInstance(found.comparisons[1], Unordered)
        self.assertEqual(of_reply(None, queue, (b"exec",), parse_reply(b"*0\r\n")), Each(()))
