import unittest

from harness.exception_list import ExceptionList, ExceptionListError
from harness.reply import parse_reply

TEXT = """\
# A comment.

script object.txt
command OBJECT IDLETIME key
redis :[01]
pg_kv :[23]
because ours is the time
  since the last write
"""

FEW, MANY = parse_reply(b":0\r\n"), parse_reply(b":2\r\n")


class MeantDifferences(unittest.TestCase):
    def setUp(self):
        self.exceptions = ExceptionList.parse(TEXT)

    def excused(self, script="object.txt", command="OBJECT IDLETIME key", redis=FEW, ours=MANY):
        return bool(self.exceptions.excuse(script, command, redis, ours))

    def test_only_the_difference_as_told_is_excused(self):
        self.assertTrue(self.excused())
        self.assertFalse(self.excused(script="other.txt"))
        self.assertFalse(self.excused(command="OBJECT IDLETIME other"))
        self.assertFalse(self.excused(redis=MANY))
        self.assertFalse(self.excused(ours=FEW))

    def test_an_entry_that_covered_nothing_is_unused(self):
        self.excused(ours=FEW)
        self.assertEqual(len(self.exceptions.unused({"object.txt"})), 1)
        self.assertEqual(self.exceptions.unused({"other.txt"}), [])
        self.excused()
        self.assertEqual(self.exceptions.unused({"object.txt"}), [])

    def test_an_entry_about_no_script_is_found(self):
        self.assertEqual(len(self.exceptions.without_script({"other.txt"})), 1)
        self.assertEqual(self.exceptions.without_script({"object.txt"}), [])

    def test_commands_may_be_a_pattern(self):
        self.exceptions = ExceptionList.parse(TEXT.replace("command ", "commands ")
                                              .replace("IDLETIME key", "IDLETIME short*"))
        self.assertTrue(self.excused(command="OBJECT IDLETIME short1"))
        self.assertFalse(self.excused(command="OBJECT IDLETIME key"))

    def test_incomplete_entries_are_errors(self):
        for text in ("script a\n", TEXT + "colour blue\n", TEXT + "redis :1\n",
                     TEXT + "commands a*\n"):
            with self.assertRaises(ExceptionListError):
                ExceptionList.parse(text)
