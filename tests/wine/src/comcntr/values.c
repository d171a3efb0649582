/* Values that have no infobase behind them: texts, bytes, arrays, structures, constants. */

#include "fake.h"

#include <wincrypt.h>

/* A value of a system enumeration: only its text ever leaves. */
Object *constant(Base *base, const wchar_t *ru, const wchar_t *en)
{
    Object *made = make(CONSTANT, base);
    set_text(made, L"ru", ru);
    set_text(made, L"en", en);
    return made;
}

/* Takes the bytes over. */
Object *binary(Base *base, BYTE *data, DWORD size)
{
    Object *made = make(BINARY, base);
    made->data = data;
    made->size = size;
    return made;
}

Object *identifier(Base *base, const wchar_t *text)
{
    Object *made = make(IDENTIFIER, base);
    set_text(made, L"text", text);
    return made;
}

/* What 1C prints for a value. */
HRESULT present(Call *call, const VARIANT *value)
{
    Base *base = call->self->base;
    Object *object;
    if ((object = object_of(value, CONSTANT)))
        return give_text(call, spoken(base, text_of(object, L"ru"), text_of(object, L"en")));
    if ((object = object_of(value, IDENTIFIER)))
        return give_text(call, text_of(object, L"text"));
    if ((object = object_of(value, USER)))
        return give_text(call, text_of(object, L"Name"));
    if (V_VT(value) == VT_BOOL)
        return give_text(call, V_BOOL(value) ? spoken(base, L"Да", L"Yes")
                                             : spoken(base, L"Нет", L"No"));
    if (V_VT(value) == VT_DISPATCH || V_VT(value) == VT_EMPTY || V_VT(value) == VT_NULL)
        return give_text(call, L"");
    VARIANT text;
    VariantInit(&text);
    if (FAILED(VariantChangeType(&text, (VARIANT *)value, VARIANT_NOUSEROVERRIDE, VT_BSTR)))
        return DISP_E_TYPEMISMATCH;
    HRESULT answer = give_text(call, V_BSTR(&text));
    VariantClear(&text);
    return answer;
}

HRESULT string_of(Call *call)
{
    return call->args[0] ? present(call, call->args[0]) : give_text(call, L"");
}

static HRESULT decoded(Call *call, const wchar_t *text)
{
    DWORD size = 0;
    if (!*text)
        return give(call, binary(call->self->base, calloc(1, 1), 0));
    if (!CryptStringToBinaryW(text, 0, CRYPT_STRING_BASE64, NULL, &size, NULL, NULL))
        return runtime_error(call, L"Ошибка преобразования данных XDTO", L"XDTO data conversion "
                                                                        L"error");
    BYTE *data = malloc(size + 1);
    CryptStringToBinaryW(text, 0, CRYPT_STRING_BASE64, data, &size, NULL, NULL);
    return give(call, binary(call->self->base, data, size));
}

HRESULT base64_value(Call *call)
{
    const wchar_t *text = text_argument(call, 0);
    return text ? decoded(call, text) : DISP_E_TYPEMISMATCH;
}

/* Like 1C, it breaks long texts into lines. */
HRESULT base64_string(Call *call)
{
    Object *data = object_of(call->args[0], BINARY);
    if (!data)
        return DISP_E_TYPEMISMATCH;
    DWORD length = 0;
    CryptBinaryToStringW(data->data, data->size, CRYPT_STRING_BASE64, NULL, &length);
    wchar_t *text = calloc(length + 1, sizeof(wchar_t));
    CryptBinaryToStringW(data->data, data->size, CRYPT_STRING_BASE64, text, &length);
    for (size_t end = wcslen(text); end && (text[end - 1] == L'\n' || text[end - 1] == L'\r');)
        text[--end] = 0;
    HRESULT answer = give_text(call, text);
    free(text);
    return answer;
}

HRESULT xml_value(Call *call)
{
    const wchar_t *text = text_argument(call, 1);
    return object_of(call->args[0], TYPE) && text ? decoded(call, text) : DISP_E_TYPEMISMATCH;
}

HRESULT binary_size(Call *call)
{
    return give_number(call, (int)call->self->size);
}

HRESULT binary_write(Call *call)
{
    const wchar_t *path = text_argument(call, 0);
    if (!path)
        return DISP_E_TYPEMISMATCH;
    return write_bytes(path, call->self->data, call->self->size) ? S_OK :
        runtime_error(call, L"Ошибка доступа к файлу", L"File access error");
}

HRESULT array_count(Call *call)
{
    return give_number(call, call->self->count);
}

HRESULT array_bound(Call *call)
{
    return give_number(call, call->self->count - 1);
}

HRESULT array_get(Call *call)
{
    VARIANT number;
    VariantInit(&number);
    if (!call->args[0] || FAILED(VariantChangeType(&number, call->args[0], 0, VT_I4)))
        return DISP_E_TYPEMISMATCH;
    if (V_I4(&number) < 0 || V_I4(&number) >= call->self->count)
        return runtime_error(call, L"Индекс находится за границами массива",
                             L"Index is out of range");
    VARIANT *item = &call->self->fields[V_I4(&number)].value;
    return call->result ? VariantCopy(call->result, item) : S_OK;
}

HRESULT array_add(Call *call)
{
    VARIANT *item = add_field(call->self, NULL);
    return call->args[0] ? VariantCopyInd(item, call->args[0]) : S_OK;
}

HRESULT structure_insert(Call *call)
{
    const wchar_t *key = text_argument(call, 0);
    if (!key)
        return DISP_E_TYPEMISMATCH;
    VARIANT *value = add_field(call->self, key);
    VariantClear(value);
    return call->count > 1 && call->args[1] ? VariantCopyInd(value, call->args[1]) : S_OK;
}

HRESULT types_list(Call *call)
{
    Object *list = make(ARRAY, call->self->base);
    set_object(list, NULL, make(TYPE, call->self->base));
    return give(call, list);
}

static HRESULT new_binary(Call *call)
{
    const wchar_t *path = text_argument(call, 1);
    if (!path)
        return DISP_E_TYPEMISMATCH;
    DWORD size = 0;
    BYTE *data = read_bytes(path, &size);
    if (data)
        return give(call, binary(call->self->base, data, size));
    wchar_t *said = format(L"Ошибка доступа к файлу '%ls'", path);
    HRESULT answer = runtime_error(call, said, said);
    free(said);
    return answer;
}

/* Structure("One, Two", first, second) */
static HRESULT new_structure(Call *call)
{
    const wchar_t *keys = text_argument(call, 1);
    if (call->count > 1 && !keys)
        return DISP_E_TYPEMISMATCH;
    Object *made = make(STRUCTURE, call->self->base);
    wchar_t *list = copy(keys ? keys : L""), *rest = NULL;
    int number = 2;
    for (wchar_t *key = wcstok_s(list, L", ", &rest); key; key = wcstok_s(NULL, L", ", &rest)) {
        VARIANT *value = add_field(made, key);
        if (number < call->count && call->args[number])
            VariantCopyInd(value, call->args[number]);
        number++;
    }
    free(list);
    return give(call, made);
}

static HRESULT new_identifier(Call *call)
{
    wchar_t text[40];
    GUID made;
    const wchar_t *given = text_argument(call, 1);
    if (call->count > 1 && !given)
        return DISP_E_TYPEMISMATCH;
    CoCreateGuid(&made);
    StringFromGUID2(&made, text, 40);
    text[37] = 0; /* without braces */
    return give(call, identifier(call->self->base, given ? given : _wcslwr(text + 1)));
}

static HRESULT new_protection(Call *call)
{
    Object *made = make(PROTECTION, call->self->base);
    set_flag(made, L"UnsafeOperationWarnings", 1);
    return give(call, made);
}

static HRESULT new_lock(Call *call)
{
    Object *made = make(LOCK, call->self->base);
    set_flag(made, L"Use", 0);
    set_text(made, L"Message", L"");
    set_text(made, L"KeyCode", L"");
    return give(call, made);
}

static HRESULT new_plain(Call *call, Kind kind)
{
    return give(call, make(kind, call->self->base));
}

HRESULT new_object(Call *call)
{
    const wchar_t *type = text_argument(call, 0);
    if (!type)
        return DISP_E_TYPEMISMATCH;
    if (same(type, L"ДвоичныеДанные") || same(type, L"BinaryData"))
        return new_binary(call);
    if (same(type, L"Структура") || same(type, L"Structure"))
        return new_structure(call);
    if (same(type, L"УникальныйИдентификатор") || same(type, L"UUID"))
        return new_identifier(call);
    if (same(type, L"ОписаниеЗащитыОтОпасныхДействий") ||
        same(type, L"UnsafeOperationProtectionDescription"))
        return new_protection(call);
    if (same(type, L"БлокировкаСеансов") || same(type, L"SessionsLock"))
        return new_lock(call);
    if (same(type, L"Массив") || same(type, L"Array"))
        return new_plain(call, ARRAY);
    if (same(type, L"СистемнаяИнформация") || same(type, L"SystemInfo"))
        return new_plain(call, SYSTEM);
    if (same(type, L"ОписаниеТипов") || same(type, L"TypeDescription"))
        return new_plain(call, TYPES);
    wchar_t *ru = format(L"Тип не определен (%ls)", type);
    wchar_t *en = format(L"Type is not defined (%ls)", type);
    HRESULT answer = runtime_error(call, ru, en);
    free(ru), free(en);
    return answer;
}
