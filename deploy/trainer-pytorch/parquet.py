"""Reads the Parquet files of a dataset snapshot: flat columns, gzip, plain or by dictionary.

A small part of the format, enough for what Understudy writes; anything else is refused by name. It
is here because Debian has no Parquet library for Python. With pyarrow at hand,
`pyarrow.parquet.read_table(path).to_pydict()` gives the same.
"""

import gzip
import struct
from pathlib import Path

INT32, INT64, FLOAT, DOUBLE, BYTE_ARRAY = 1, 2, 4, 5, 6
NUMBERS = {INT32: "<i", INT64: "<q", FLOAT: "<f", DOUBLE: "<d"}
PLAIN, PLAIN_DICTIONARY, RLE_DICTIONARY = 0, 2, 8
UNCOMPRESSED, GZIP = 0, 2
DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2 = 0, 2, 3
OPTIONAL = 1


def read_parquet(path):
    """Returns {column: [value of each row]}; bytes for texts too, None for what is missing."""
    data = Path(path).read_bytes()
    if data[-4:] != b"PAR1":
        raise ValueError(f"{path} is no Parquet file: it does not end with PAR1.")
    size = struct.unpack("<i", data[-8:-4])[0]
    footer = Thrift(data, len(data) - 8 - size).struct()
    schema = {column[4].decode(): column for column in footer[2][1:]}
    columns = {name: [] for name in schema}
    for group in footer.get(4, []):
        for chunk in group[1]:
            about = chunk[3]
            name = about[3][0].decode()
            columns[name] += read_chunk(data, about, schema[name].get(3) == OPTIONAL)
    return columns


def read_chunk(data, about, is_optional):
    kind, codec, count = about[1], about[4], about[5]
    if codec not in (UNCOMPRESSED, GZIP):
        raise ValueError(f"Compression {codec} is not read here, only gzip.")
    position = about.get(11) or about[9]
    dictionary, values = None, []
    while len(values) < count:
        header = Thrift(data, position)
        page = header.struct()
        start, position = header.position, header.position + page[3]
        body = data[start:position]
        if page[1] == DICTIONARY_PAGE:
            dictionary = plain(unpacked(body, codec), kind, page[7][1])
        elif page[1] == DATA_PAGE:
            about_page = page[5]
            body = unpacked(body, codec)
            levels = None
            if is_optional:
                length = struct.unpack_from("<i", body)[0]
                levels = hybrid(body[4 : 4 + length], 1, about_page[1])
                body = body[4 + length :]
            values += page_values(body, about_page[2], kind, dictionary, levels, about_page[1])
        elif page[1] == DATA_PAGE_V2:
            about_page = page[8]
            split = about_page[5] + about_page[6]
            levels = None
            if is_optional:
                levels = hybrid(body[about_page[6] : split], 1, about_page[1])
            rest = body[split:]
            if about_page.get(7, True):
                rest = unpacked(rest, codec)
            values += page_values(rest, about_page[4], kind, dictionary, levels, about_page[1])
        else:
            raise ValueError(f"Pages of type {page[1]} are not read here.")
    return values


def unpacked(body, codec):
    return gzip.decompress(body) if codec == GZIP and body else body


def page_values(body, encoding, kind, dictionary, levels, count):
    present = count if levels is None else sum(levels)
    if encoding == PLAIN:
        found = plain(body, kind, present)
    elif encoding in (PLAIN_DICTIONARY, RLE_DICTIONARY):
        indices = hybrid(body[1:], body[0], present) if present else []
        found = [dictionary[index] for index in indices]
    else:
        raise ValueError(f"Encoding {encoding} is not read here, only plain and dictionary.")
    if levels is None:
        return found
    rest = iter(found)
    return [next(rest) if level else None for level in levels]


def plain(body, kind, count):
    if kind in NUMBERS:
        return [value for (value,) in struct.iter_unpack(NUMBERS[kind], body)][:count]
    if kind != BYTE_ARRAY:
        raise ValueError(f"Values of physical type {kind} are not read here.")
    values, position = [], 0
    for _ in range(count):
        length = struct.unpack_from("<i", body, position)[0]
        values.append(bytes(body[position + 4 : position + 4 + length]))
        position += 4 + length
    return values


def hybrid(body, width, count):
    """Whole numbers of so many bits: runs of one value, and packed ones, as Parquet mixes them."""
    reader, values = Thrift(body, 0), []
    size = (width + 7) // 8
    while len(values) < count:
        header = reader.varint()
        if header & 1:
            length = (header >> 1) * width
            bits = int.from_bytes(body[reader.position : reader.position + length], "little")
            mask = (1 << width) - 1
            values += [(bits >> (k * width)) & mask for k in range((header >> 1) * 8)]
        else:
            length = size
            value = int.from_bytes(body[reader.position : reader.position + size], "little")
            values += [value] * (header >> 1)
        reader.position += length
    return values[:count]


class Thrift:
    """Thrift's compact protocol; a struct becomes {field number: value}."""

    def __init__(self, data, position):
        self.data, self.position = data, position

    def byte(self):
        self.position += 1
        return self.data[self.position - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def number(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def struct(self):
        fields, field = {}, 0
        while (head := self.byte()) != 0:
            field = field + (head >> 4) if head >> 4 else self.number()
            fields[field] = self.value(head & 0x0F)
        return fields

    def value(self, kind):
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self.byte()
        if kind in (4, 5, 6):
            return self.number()
        if kind == 7:
            self.position += 8
            return struct.unpack("<d", self.data[self.position - 8 : self.position])[0]
        if kind == 8:
            length = self.varint()
            self.position += length
            return self.data[self.position - length : self.position]
        if kind in (9, 10):
            head = self.byte()
            count = head >> 4 if head >> 4 != 15 else self.varint()
            return [self.item(head & 0x0F) for _ in range(count)]
        if kind == 12:
            return self.struct()
        raise ValueError(f"Thrift type {kind} is not read here.")

    def item(self, kind):
        """In a list a truth value takes a byte of its own."""
        return self.byte() == 1 if kind in (1, 2) else self.value(kind)
