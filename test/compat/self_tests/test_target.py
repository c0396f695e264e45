import unittest

from harness.target import SqlTarget


class SqlErrors(unittest.TestCase):
    def test_the_code_is_put_back_where_sql_leaves_it_out(self):
        for message, reply in (
            ("syntax error", b"ERR syntax error"),
            ("DB index is out of range", b"ERR DB index is out of range"),
            ("WRONGTYPE Operation against", b"WRONGTYPE Operation against"),
            ("NX and XX, GT or LT options", b"ERR NX and XX, GT or LT options"),
        ):
            self.assertEqual(SqlTarget._redis_error(message), reply)
