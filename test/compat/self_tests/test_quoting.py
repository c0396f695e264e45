import unittest

from harness.quoting import QuotingError, join_arguments, shorten, split_line


def words(line):
    return [value for value, _ in split_line(line)]


class Quoting(unittest.TestCase):
    def test_words_and_quotes_are_read_as_redis_cli_does(self):
        self.assertEqual(words(r'SET  key "a b"'), [b"SET", b"key", b"a b"])
        self.assertEqual(words(r'"\x00\xfF\n\r\t\a\b\"\\\q"'), [b'\x00\xff\n\r\t\a\b"\\q'])
        self.assertEqual(words(r'"\xg1" "\x1"'), [b"xg1", b"x1"])
        self.assertEqual(words(r"'it\'s \n'"), [rb"it's \n"])
        self.assertEqual(words(r"a\*b"), [rb"a\*b"])
        self.assertEqual(words('"" \'\''), [b"", b""])
        self.assertEqual(words("ü"), ["ü".encode()])

    def test_a_quoted_word_is_told_from_a_plain_one(self):
        self.assertEqual(split_line('$a "$a"'), [(b"$a", False), (b"$a", True)])

    def test_quotes_that_do_not_match_are_errors(self):
        for line in ('"abc', "'abc", '"a"b', "'a'b", '"abc\\'):
            with self.assertRaises(QuotingError):
                split_line(line)

    def test_what_is_joined_can_be_split_again(self):
        arguments = [bytes(range(256)), b"", b"plain", b"a b", b"$name", b"'", b'"', b"\\"]
        self.assertEqual(words(join_arguments(arguments)), arguments)

    def test_long_text_is_shortened(self):
        self.assertEqual(shorten("x" * 10, 10), "x" * 10)
        self.assertEqual(shorten("abcdefghij", 4), "ab...(6 more)...ij")
