"""Command lines as redis-cli reads them: words, "double quotes" with escapes, 'single quotes'."""

ESCAPED_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "a": "\a"}
HEXADECIMAL = "0123456789abcdefABCDEF"


class QuotingError(ValueError):
    """The line's quotes do not match, or text follows a closing quote."""


def split_line(line):
    """The line's arguments, each as (bytes, whether any part of it was quoted)."""
    characters = line.encode("utf-8").decode("latin-1")  # one character stands for one byte
    arguments = []
    position = 0
    while True:
        while position < len(characters) and characters[position].isspace():
            position += 1
        if position == len(characters):
            return arguments
        text, quoted, position = _read_argument(characters, position)
        arguments.append((text.encode("latin-1"), quoted))


def _read_argument(line, position):
    text = []
    quoted = False
    while position < len(line) and not line[position].isspace():
        if line[position] in "\"'":
            read_quoted = _read_double_quoted if line[position] == '"' else _read_single_quoted
            part, position = read_quoted(line, position + 1)
            if position < len(line) and not line[position].isspace():
                raise QuotingError("text follows a closing quote")
            quoted = True
            text.append(part)
        else:
            text.append(line[position])
            position += 1
    return "".join(text), quoted, position


def _read_double_quoted(line, position):
    text = []
    while position < len(line):
        character = line[position]
        if character == '"':
            return "".join(text), position + 1
        if character != "\\":
            text.append(character)
            position += 1
            continue
        digits = line[position + 2 : position + 4]
        if line[position + 1 : position + 2] == "x" and len(digits) == 2 and all(
            digit in HEXADECIMAL for digit in digits
        ):
            text.append(chr(int(digits, 16)))
            position += 4
        else:
            letter = line[position + 1 : position + 2]
            text.append(ESCAPED_LETTERS.get(letter, letter))
            position += 2
    raise QuotingError("a double quote is not closed")


def _read_single_quoted(line, position):
    text = []
    while position < len(line):
        if line.startswith("\\'", position):
            text.append("'")
            position += 2
        elif line[position] == "'":
            return "".join(text), position + 1
        else:
            text.append(line[position])
            position += 1
    raise QuotingError("a single quote is not closed")


def quote(argument):
    """The argument as it can be pasted into a script or into redis-cli."""
    plain = argument and all(0x21 <= byte <= 0x7E for byte in argument)
    if plain and not any(byte in b"\"'\\" for byte in argument) and not argument.startswith(b"$"):
        return argument.decode("ascii")
    return '"' + escape(argument) + '"'


def escape(text):
    """Bytes as the inside of a double-quoted string, printable ASCII only."""
    names = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
    return "".join(
        names.get(chr(byte)) or (chr(byte) if 0x20 <= byte <= 0x7E else f"\\x{byte:02x}")
        for byte in text
    )


def join_arguments(arguments):
    return " ".join(quote(argument) for argument in arguments)


def shorten(text, limit):
    """The text, or its beginning, its end and how much was left out."""
    if len(text) <= limit:
        return text
    kept = limit // 2
    return f"{text[:kept]}...({len(text) - 2 * kept} more)...{text[-kept:]}"
