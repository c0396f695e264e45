#include "sql/argument_list.hpp"

#include "core/number.hpp"
#include "core/score.hpp"

namespace sql {

namespace {

Bytes* allocate(size_t count) {
    return static_cast<Bytes*>(MemoryContextAllocHuge(CurrentMemoryContext, count * sizeof(Bytes)));
}

struct Elements {
    Datum* values;
    bool* nulls;
    int count;
};

Elements elements_of(ArrayType* array) {
    int16 length;
    bool by_value;
    char alignment;
    get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &alignment);
    Elements elements;
    deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, alignment, &elements.values,
                      &elements.nulls, &elements.count);
    return elements;
}

Bytes singular(Bytes name) {
    return name.ends_with('s') ? name.substr(0, name.size() - 1) : name;
}

}  // namespace

Bytes bytes_of(Datum datum) {
    struct varlena* value = PG_DETOAST_DATUM_PACKED(datum);
    return {VARDATA_ANY(value), static_cast<size_t>(VARSIZE_ANY_EXHDR(value))};
}

void raise_null(Bytes name) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                    errmsg("%.*s must not be null", static_cast<int>(name.size()), name.data()),
                    errhint("Keys and values are never null: delete the key instead, or use "
                            "coalesce().")));
    pg_unreachable();
}

void raise_null_in(ListName list) {
    Bytes first = singular(list.first);
    Bytes second = singular(list.second);
    bool begins_with_vowel = Bytes("aeiou").find(first.front()) != Bytes::npos;
    raise_null(psprintf("%s %.*s%s%.*s", begins_with_vowel ? "an" : "a",
                        static_cast<int>(first.size()), first.data(), second.empty() ? "" : " or ",
                        static_cast<int>(second.size()), second.data()));
}

void ArgumentList::clear() {
    items_ = first_;
    capacity_ = first_capacity;
    count_ = 0;
}

void ArgumentList::add(Bytes bytes) {
    if (count_ == capacity_)
        grow();
    items_[count_++] = bytes;
}

void ArgumentList::grow() {
    Bytes* larger = allocate(2 * capacity_);
    std::copy(items_, items_ + count_, larger);
    if (items_ != first_)
        pfree(items_);
    items_ = larger;
    capacity_ *= 2;
}

void ArgumentList::add_integer(int64 value) {
    auto* text = new (palloc(sizeof(core::IntegerText))) core::IntegerText(value);
    add(text->bytes());
}

void ArgumentList::add_real(double value) {
    char text[40];
    size_t size = core::format_score(value).copy(text, sizeof(text));
    auto* kept = static_cast<char*>(palloc(size));
    memcpy(kept, text, size);
    add({kept, size});
}

void ArgumentList::add_value(Oid type, Datum value) {
    add_base_value(getBaseType(type), value);
}

void ArgumentList::add_base_value(Oid type, Datum value) {
    switch (type) {
        case BYTEAOID:
        case TEXTOID:
        case VARCHAROID:
            add(bytes_of(value));
            return;
        case BOOLOID:
            add(DatumGetBool(value) ? "true" : "false");
            return;
        case INT2OID:
            add_integer(DatumGetInt16(value));
            return;
        case INT4OID:
            add_integer(DatumGetInt32(value));
            return;
        case INT8OID:
            add_integer(DatumGetInt64(value));
            return;
        case UNKNOWNOID:
            add(DatumGetCString(value));
            return;
        case InvalidOid:
            ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_DATATYPE),
                            errmsg("could not determine the type of a value"),
                            errhint("Add an explicit cast.")));
    }
    Oid output;
    bool is_varlena;
    getTypeOutputInfo(type, &output, &is_varlena);
    add(OidOutputFunctionCall(output, value));
}

void ArgumentList::add_array(ArrayType* array, ListName name) {
    Oid type = getBaseType(ARR_ELEMTYPE(array));
    Elements elements = elements_of(array);
    for (int i = 0; i < elements.count; i++) {
        if (elements.nulls[i])
            raise_null_in(name);
        add_base_value(type, elements.values[i]);
    }
}

void ArgumentList::add_reals(ArrayType* array, ListName name) {
    Elements elements = elements_of(array);
    for (int i = 0; i < elements.count; i++) {
        if (elements.nulls[i])
            raise_null_in(name);
        add_real(DatumGetFloat8(elements.values[i]));
    }
}

void ArgumentList::interleave(size_t begin) {
    size_t pairs = (count_ - begin) / 2;
    if (pairs == 0)
        return;
    Bytes* separate = allocate(2 * pairs);
    std::copy(items_ + begin, items_ + count_, separate);
    for (size_t i = 0; i < pairs; i++) {
        items_[begin + 2 * i] = separate[i];
        items_[begin + 2 * i + 1] = separate[pairs + i];
    }
    pfree(separate);
}

}  // namespace sql
