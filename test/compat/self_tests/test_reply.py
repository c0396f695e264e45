import unittest

from harness.reply import ProtocolError, error_reply, parse_reply


class Replies(unittest.TestCase):
    def test_every_type_is_read_and_shown(self):
        for raw, shown in (
            (b"+OK\r\n", "+OK"),
            (b"-ERR no\r\n", "-ERR no"),
            (b":-5\r\n", ":-5"),
            (b"$3\r\na\r\n\r\n", '"a\\r\\n"'),
            (b"$0\r\n\r\n", '""'),
            (b"$-1\r\n", "$(null)"),
            (b"*-1\r\n", "*(null)"),
            (b"*0\r\n", "*[]"),
            (b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n", '*["a", *[:1]]'),
            (b"_\r\n", "_(null)"),
            (b"#t\r\n", "#t"),
            (b",1.5\r\n", ",1.5"),
            (b"=5\r\ntxt:a\r\n", '="txt:a"'),
            (b"%1\r\n+a\r\n:1\r\n", "%[+a, :1]"),
            (b"~1\r\n:1\r\n", "~[:1]"),
        ):
            reply = parse_reply(raw)
            self.assertEqual(str(reply), shown)
            self.assertEqual(reply.raw, raw)

    def test_what_is_no_reply_is_refused(self):
        for raw in (b"+OK\n", b"OK\r\n", b"$3\r\nab\r\n", b"$2\r\nabc\r\n", b"$x\r\n", b"*-2\r\n",
                    b"+OK\r\n+OK\r\n", b"?1\r\n"):
            with self.assertRaises(ProtocolError):
                parse_reply(raw)
        with self.assertRaises(ConnectionError):
            parse_reply(b"*2\r\n:1\r\n")

    def test_an_error_stays_on_one_line(self):
        self.assertEqual(error_reply(b"ERR a\r\nb").raw, b"-ERR a  b\r\n")
