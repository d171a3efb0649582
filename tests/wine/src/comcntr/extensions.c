/* Extensions as the folder keeps them: reading, filters, and what a new session is applied to. */

#include "fake.h"

static wchar_t *file_of(const wchar_t *uuid, const wchar_t *ending)
{
    return format(L"ext\\%ls.%ls", uuid, ending);
}

static BYTE *stored_bytes(Base *base, const wchar_t *uuid, DWORD *size)
{
    wchar_t *name = file_of(uuid, L"cfe"), *path = format(L"%ls\\%ls", base->folder, name);
    BYTE *data = read_bytes(path, size);
    free(name), free(path);
    return data;
}

static void take(Object *made, const wchar_t *name, const wchar_t *text, const wchar_t *key,
                 const wchar_t *otherwise)
{
    wchar_t *value = value_in(text, key);
    set_text(made, name, value ? value : otherwise);
    free(value);
}

static void take_flag(Object *made, const wchar_t *name, const wchar_t *text, const wchar_t *key,
                      int otherwise)
{
    wchar_t *value = value_in(text, key);
    set_flag(made, name, value ? !same(value, L"0") : otherwise);
    free(value);
}

/* What an administrator sets; 1C's own defaults where the text says nothing. */
static void take_properties(Object *made, const wchar_t *text)
{
    take_flag(made, L"Active", text, L"active", 1);
    take_flag(made, L"warn", text, L"warn", 1);
    take_flag(made, L"UseDefaultRolesForAllUsers", text, L"roles", 1);
    take_flag(made, L"UsedInDistributedInfoBase", text, L"dib", 0);
    take_flag(made, L"master", text, L"master", 0);
    take(made, L"scope", text, L"scope", L"InfoBase");
    wchar_t *safe = value_in(text, L"safe");
    if (safe && !same(safe, L"0") && !same(safe, L"1"))
        set_text(made, L"SafeMode", safe); /* the name of a security profile */
    else
        set_flag(made, L"SafeMode", !safe || same(safe, L"1"));
    free(safe);
}

/* Name, version and purpose are in the bytes, so known.txt says them. */
static void take_contents(Object *made, const wchar_t *text, const wchar_t *hash)
{
    wchar_t *line = known(made->base, hash);
    wchar_t *name = line ? column(line, 1) : NULL, *version = line ? column(line, 2) : NULL;
    wchar_t *purpose = line ? column(line, 3) : NULL;
    take(made, L"Name", text, L"name", L"");
    take(made, L"Version", text, L"version", L"");
    if (line) {
        set_text(made, L"Name", name);
        set_text(made, L"Version", version);
    }
    set_text(made, L"Synonym", text_of(made, L"Name"));
    set_text(made, L"purpose", purpose && *purpose ? purpose : L"Customization");
    set_text(made, L"hash", hash);
    free(line), free(name), free(version), free(purpose);
}

static Object *load(Base *base, const wchar_t *uuid)
{
    wchar_t *name = file_of(uuid, L"txt"), *text = read_text(base, name);
    Object *made = NULL;
    if (text) {
        DWORD size = 0;
        BYTE digest[20], *data = stored_bytes(base, uuid, &size);
        wchar_t *hash = sha1_of(data ? data : (BYTE *)"", size, digest);
        made = make(EXTENSION, base);
        set_text(made, L"uuid", uuid);
        take_contents(made, text, hash);
        take_properties(made, text);
        free(hash), free(data);
    }
    free(name), free(text);
    return made;
}

/* All stored extensions, as an array. */
static Object *all(Base *base)
{
    Object *list = make(ARRAY, base);
    wchar_t *pattern = format(L"%ls\\ext\\*.txt", base->folder);
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(pattern, &found);
    free(pattern);
    if (search == INVALID_HANDLE_VALUE)
        return list;
    do {
        found.cFileName[wcslen(found.cFileName) - 4] = 0;
        Object *one = load(base, found.cFileName);
        if (one)
            set_object(list, NULL, one);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    return list;
}

static Object *item(Object *list, int number)
{
    return (Object *)V_DISPATCH(&list->fields[number].value);
}

/* The active ones, or the others, as a session sees them from its beginning to its end. */
wchar_t *listing(Base *base, int active)
{
    Object *list = all(base);
    wchar_t *text = copy(L"");
    for (int number = 0; number < list->count; number++) {
        Object *one = item(list, number);
        if (flag_of(one, L"Active") != active)
            continue;
        wchar_t *longer = format(L"%ls%ls\t%ls\t%ls\t%ls\n", text, text_of(one, L"uuid"),
                                 text_of(one, L"hash"), text_of(one, L"Name"),
                                 text_of(one, L"Version"));
        free(text);
        text = longer;
    }
    IDispatch_Release(&list->dispatch);
    return text;
}

static Object *of_session(Base *base, const wchar_t *lines)
{
    Object *list = make(ARRAY, base);
    wchar_t *text = copy(lines), *cursor = text, *line;
    while ((line = next_line(&cursor))) {
        Object *one = make(EXTENSION, base);
        const wchar_t *names[] = {L"uuid", L"hash", L"Name", L"Version"};
        for (int number = 0; number < 4; number++) {
            wchar_t *value = column(line, number);
            set_text(one, names[number], value);
            free(value);
        }
        set_text(one, L"Synonym", text_of(one, L"Name"));
        set_text(one, L"purpose", L"Customization");
        take_properties(one, L"");
        set_object(list, NULL, one);
    }
    free(text);
    return list;
}

/* The text of a filter's value: a string, or an identifier. */
static const wchar_t *filter_text(Object *filter, const wchar_t *ru, const wchar_t *en)
{
    VARIANT *value = field(filter, ru);
    value = value ? value : field(filter, en);
    Object *object = object_of(value, IDENTIFIER);
    if (object)
        return text_of(object, L"text");
    return value && V_VT(value) == VT_BSTR ? V_BSTR(value) : NULL;
}

static BOOL passes(Object *one, Object *filter)
{
    if (!filter)
        return TRUE;
    const wchar_t *name = filter_text(filter, L"Имя", L"Name");
    const wchar_t *uuid = filter_text(filter, L"УникальныйИдентификатор", L"UUID");
    return (!name || same(name, text_of(one, L"Name"))) &&
           (!uuid || same(uuid, text_of(one, L"uuid")));
}

static BOOL is_empty(const VARIANT *value)
{
    return !value || V_VT(value) == VT_EMPTY;
}

/* Get([filter], [source]): what is not asked for is Неопределено or left out, never NULL. */
HRESULT extensions_get(Call *call)
{
    Base *base = call->self->base;
    VARIANT *first = call->count > 0 ? call->args[0] : NULL;
    VARIANT *second = call->count > 1 ? call->args[1] : NULL;
    Object *filter = object_of(first, STRUCTURE), *source = object_of(second, CONSTANT);
    if ((!is_empty(first) && !filter) || (!is_empty(second) && !source))
        return DISP_E_TYPEMISMATCH;
    for (int number = 0; filter && number < filter->count; number++)
        if (V_VT(&filter->fields[number].value) == VT_NULL)
            return DISP_E_TYPEMISMATCH;
    const wchar_t *from = source ? text_of(source, L"en") : L"Database";
    Object *list = same(from, L"Database") ? all(base) :
        of_session(base, same(from, L"SessionApplied") ? base->applied : base->disabled);
    Object *chosen = make(ARRAY, base);
    for (int number = 0; number < list->count; number++)
        if (passes(item(list, number), filter))
            VariantCopy(add_field(chosen, NULL), &list->fields[number].value);
    IDispatch_Release(&list->dispatch);
    return give(call, chosen);
}

/* A new one: named "Расширение" and nothing else, also after it was written. */
HRESULT extension_create(Call *call)
{
    Base *base = call->self->base;
    GUID guid;
    wchar_t uuid[40];
    Object *made = make(EXTENSION, base);
    CoCreateGuid(&guid);
    StringFromGUID2(&guid, uuid, 40);
    uuid[37] = 0;
    set_text(made, L"uuid", _wcslwr(uuid + 1));
    set_text(made, L"Name", spoken(base, L"Расширение", L"Extension"));
    set_text(made, L"Synonym", L"");
    set_text(made, L"Version", L"");
    set_text(made, L"purpose", L"Customization");
    set_text(made, L"hash", L"");
    take_properties(made, L"");
    return give(call, made);
}

static Object *hash_sum(Object *extension)
{
    const wchar_t *hash = text_of(extension, L"hash");
    BYTE *digest = calloc(20, 1);
    for (size_t number = 0; number < wcslen(hash) / 2; number++) {
        unsigned value = 0;
        swscanf(hash + 2 * number, L"%2x", &value);
        digest[number] = (BYTE)value;
    }
    return binary(extension->base, digest, 20);
}

/* Properties whose value is an object: only String() makes a text of them. */
HRESULT extension_presented(Call *call)
{
    Object *self = call->self;
    const wchar_t *name = call->member->en, *purpose = text_of(self, L"purpose");
    if (same(name, L"UUID"))
        return give(call, identifier(self->base, text_of(self, L"uuid")));
    if (same(name, L"HashSum"))
        return give(call, hash_sum(self));
    if (same(name, L"MasterNode"))
        return flag_of(self, L"master") ? give(call, make(NODE, self->base)) : S_OK;
    if (same(name, L"Scope"))
        return give(call, same(text_of(self, L"scope"), L"DataSeparation")
                              ? constant(self->base, L"РазделениеДанных", L"DataSeparation")
                              : constant(self->base, L"ИнформационнаяБаза", L"InfoBase"));
    if (same(purpose, L"Patch"))
        return give(call, constant(self->base, L"Исправление", L"Patch"));
    if (same(purpose, L"AddOn"))
        return give(call, constant(self->base, L"Дополнение", L"AddOn"));
    return give(call, constant(self->base, L"Адаптация", L"Customization"));
}

HRESULT extension_data(Call *call)
{
    DWORD size = 0;
    BYTE *data = stored_bytes(call->self->base, text_of(call->self, L"uuid"), &size);
    return give(call, binary(call->self->base, data ? data : calloc(1, 1), size));
}
