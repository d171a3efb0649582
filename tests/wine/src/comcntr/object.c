/* Objects and IDispatch: names to numbers, the rules of a call, values in and out. */

#include "fake.h"

#define DYNAMIC 10000 /* dispids of a structure's own keys */

Base *share(Base *base)
{
    if (base)
        InterlockedIncrement(&base->refs);
    return base;
}

void part(Base *base)
{
    if (!base || InterlockedDecrement(&base->refs))
        return;
    free(base->folder);
    free(base->applied);
    free(base->disabled);
    free(base->user);
    free(base);
}

static HRESULT WINAPI query(IDispatch *self, REFIID wanted, void **result)
{
    *result = NULL;
    if (!IsEqualIID(wanted, &IID_IUnknown) && !IsEqualIID(wanted, &IID_IDispatch))
        return E_NOINTERFACE;
    IDispatch_AddRef(self);
    *result = self;
    return S_OK;
}

static ULONG WINAPI add(IDispatch *self)
{
    return (ULONG)InterlockedIncrement(&((Object *)self)->refs);
}

static ULONG WINAPI release(IDispatch *self)
{
    Object *object = (Object *)self;
    LONG left = InterlockedDecrement(&object->refs);
    if (left)
        return (ULONG)left;
    for (int number = 0; number < object->count; number++) {
        SysFreeString(object->fields[number].name);
        VariantClear(&object->fields[number].value);
    }
    free(object->fields);
    free(object->data);
    part(object->base);
    free(object);
    return 0;
}

static HRESULT WINAPI type_count(IDispatch *self, UINT *count)
{
    (void)self;
    *count = 0;
    return S_OK;
}

static HRESULT WINAPI type_info(IDispatch *self, UINT number, LCID language, ITypeInfo **result)
{
    (void)self, (void)number, (void)language;
    *result = NULL;
    return DISP_E_BADINDEX;
}

/* Whether an infobase of this age and with these modules has the member. */
static BOOL present_in(Base *base, const Member *member)
{
    if (member->flags & BSP && !switched(base, L"bsp", 0))
        return FALSE;
    if (!(member->flags & SINCE_15))
        return TRUE;
    wchar_t *version = setting(base, L"app_version", PLATFORM);
    int third = 0;
    swscanf(version, L"8.3.%d", &third);
    free(version);
    return third >= 15;
}

static DISPID number_of(Object *object, const wchar_t *name)
{
    for (int number = 0; number < members_count; number++) {
        const Member *member = &members[number];
        if (member->kind != object->kind || !present_in(object->base, member))
            continue;
        if ((!(member->flags & EN_ONLY) && same(member->ru, name)) ||
            (!(member->flags & RU_ONLY) && same(member->en, name)))
            return number + 1;
    }
    for (int number = 0; object->kind == STRUCTURE && number < object->count; number++)
        if (same(object->fields[number].name, name))
            return DYNAMIC + number;
    return DISPID_UNKNOWN;
}

static HRESULT WINAPI names(IDispatch *self, REFIID none, LPOLESTR *texts, UINT count,
                            LCID language, DISPID *result)
{
    (void)none, (void)language;
    Object *object = (Object *)self;
    if (object->base && object->base->dead)
        return object->base->dead;
    *result = number_of(object, texts[0]);
    for (UINT number = 1; number < count; number++)
        result[number] = DISPID_UNKNOWN;
    if (*result != DISPID_UNKNOWN)
        note(object->base, L"names", *result < DYNAMIC ? members[*result - 1].en : L"key", 0);
    return *result == DISPID_UNKNOWN || count > 1 ? DISP_E_UNKNOWNNAME : S_OK;
}

/* The arguments stand in reverse; a left out one is NULL, a reference is followed. */
static void unpack(Call *call, DISPPARAMS *given)
{
    call->count = (int)given->cArgs < 10 ? (int)given->cArgs : 10;
    for (int number = 0; number < call->count; number++) {
        VARIANT *value = &given->rgvarg[given->cArgs - 1 - (UINT)number];
        if (V_VT(value) == (VT_BYREF | VT_VARIANT))
            value = V_VARIANTREF(value);
        BOOL omitted = V_VT(value) == VT_ERROR && V_ERROR(value) == DISP_E_PARAMNOTFOUND;
        call->args[number] = omitted ? NULL : value;
    }
}

static HRESULT put(Call *call, const Member *member)
{
    if (!(member->flags & PUT))
        return runtime_error(call, L"Поле объекта недоступно для записи",
                             L"Object field is not writable");
    if (call->count != 1 || !call->args[0])
        return DISP_E_BADPARAMCOUNT;
    if (member->run)
        return member->run(call);
    VARIANT value;
    VariantInit(&value);
    if (!(member->flags & BOOLEAN_VALUE))
        VariantCopyInd(&value, call->args[0]);
    else if (V_VT(call->args[0]) == VT_NULL || V_VT(call->args[0]) == VT_EMPTY ||
             FAILED(VariantChangeType(&value, call->args[0], 0, VT_BOOL)))
        return DISP_E_TYPEMISMATCH;
    VARIANT *kept = add_field(call->self, member->en);
    VariantClear(kept);
    *kept = value;
    return S_OK;
}

static HRESULT perform(Call *call, const Member *member, WORD flags)
{
    call->flags = flags;
    if (flags & (DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF))
        return member->flags & CALL ? DISP_E_MEMBERNOTFOUND : put(call, member);
    if (!(flags & member->flags & (GET | CALL)))
        return DISP_E_MEMBERNOTFOUND;
    if (call->count < member->least || call->count > member->most)
        return DISP_E_BADPARAMCOUNT;
    if (member->run)
        return member->run(call);
    VARIANT *kept = field(call->self, member->en);
    return kept && call->result ? VariantCopy(call->result, kept) : S_OK;
}

static HRESULT dynamic(Object *object, DISPID number, WORD flags, VARIANT *result)
{
    if (object->kind != STRUCTURE || number - DYNAMIC >= object->count || !(flags & GET))
        return DISP_E_MEMBERNOTFOUND;
    return result ? VariantCopy(result, &object->fields[number - DYNAMIC].value) : S_OK;
}

static HRESULT settled(HRESULT answer, VARIANT *result)
{
    if (answer != S_OK && result)
        VariantClear(result);
    return answer;
}

static HRESULT WINAPI invoke(IDispatch *self, DISPID number, REFIID none, LCID language,
                             WORD flags, DISPPARAMS *given, VARIANT *result,
                             EXCEPINFO *exception, UINT *wrong)
{
    (void)none, (void)language, (void)wrong;
    Object *object = (Object *)self;
    if (result)
        VariantInit(result);
    if (object->base && object->base->dead)
        return object->base->dead;
    if (number >= DYNAMIC)
        return dynamic(object, number, flags, result);
    if (number < 1 || number > members_count || members[number - 1].kind != object->kind)
        return DISP_E_MEMBERNOTFOUND;
    const Member *member = &members[number - 1];
    Call call = {.self = object, .member = member, .result = result, .exception = exception};
    unpack(&call, given);
    if (!object->base) /* the connector; a session's log and faults begin with Connect */
        return settled(perform(&call, member, flags), result);
    wchar_t *name = format(L"%ls.%ls", kind_names[object->kind], member->en);
    note(object->base, L"invoke", name, flags);
    HRESULT answer = fault(&call, object->base, name, L"before");
    if (answer == S_OK)
        answer = perform(&call, member, flags);
    if (answer == S_OK)
        answer = fault(&call, object->base, name, L"after");
    free(name);
    return settled(answer, result);
}

static IDispatchVtbl table = {query, add, release, type_count, type_info, names, invoke};

Object *make(Kind kind, Base *base)
{
    Object *object = calloc(1, sizeof *object);
    object->dispatch.lpVtbl = &table;
    object->refs = 1;
    object->kind = kind;
    object->base = share(base);
    return object;
}

/* The object of ours behind a value, if it is of this kind. */
Object *object_of(const VARIANT *value, Kind kind)
{
    if (!value || V_VT(value) != VT_DISPATCH || !V_DISPATCH(value))
        return NULL;
    Object *object = (Object *)V_DISPATCH(value);
    return object->dispatch.lpVtbl == &table && object->kind == kind ? object : NULL;
}

/* Hands a new object over to the caller. */
HRESULT give(Call *call, Object *object)
{
    if (!call->result) {
        IDispatch_Release(&object->dispatch);
        return S_OK;
    }
    V_VT(call->result) = VT_DISPATCH;
    V_DISPATCH(call->result) = &object->dispatch;
    return S_OK;
}

HRESULT give_text(Call *call, const wchar_t *text)
{
    if (call->result) {
        V_VT(call->result) = VT_BSTR;
        V_BSTR(call->result) = SysAllocString(text);
    }
    return S_OK;
}

HRESULT give_flag(Call *call, int truth)
{
    if (call->result) {
        V_VT(call->result) = VT_BOOL;
        V_BOOL(call->result) = truth ? VARIANT_TRUE : VARIANT_FALSE;
    }
    return S_OK;
}

HRESULT give_number(Call *call, int number)
{
    if (call->result) {
        V_VT(call->result) = VT_I4;
        V_I4(call->result) = number;
    }
    return S_OK;
}

VARIANT *field(Object *object, const wchar_t *name)
{
    for (int number = 0; number < object->count; number++)
        if (object->fields[number].name && same(object->fields[number].name, name))
            return &object->fields[number].value;
    return NULL;
}

/* The field of this name, a new one if need be; without a name one more item. */
VARIANT *add_field(Object *object, const wchar_t *name)
{
    VARIANT *found = name ? field(object, name) : NULL;
    if (found)
        return found;
    object->fields = realloc(object->fields, (size_t)(object->count + 1) * sizeof(Field));
    Field *added = &object->fields[object->count++];
    added->name = name ? SysAllocString(name) : NULL;
    VariantInit(&added->value);
    return &added->value;
}

void set_text(Object *object, const wchar_t *name, const wchar_t *text)
{
    VARIANT *value = add_field(object, name);
    VariantClear(value);
    V_VT(value) = VT_BSTR;
    V_BSTR(value) = SysAllocString(text);
}

void set_flag(Object *object, const wchar_t *name, int truth)
{
    VARIANT *value = add_field(object, name);
    VariantClear(value);
    V_VT(value) = VT_BOOL;
    V_BOOL(value) = truth ? VARIANT_TRUE : VARIANT_FALSE;
}

/* The field takes the caller's reference over. */
void set_object(Object *object, const wchar_t *name, Object *given)
{
    VARIANT *value = add_field(object, name);
    VariantClear(value);
    V_VT(value) = VT_DISPATCH;
    V_DISPATCH(value) = &given->dispatch;
}

const wchar_t *text_of(Object *object, const wchar_t *name)
{
    VARIANT *value = field(object, name);
    return value && V_VT(value) == VT_BSTR && V_BSTR(value) ? V_BSTR(value) : L"";
}

int flag_of(Object *object, const wchar_t *name)
{
    VARIANT *value = field(object, name);
    return value && V_VT(value) == VT_BOOL && V_BOOL(value);
}

/* The text of an argument; NULL if it is left out or no text. */
const wchar_t *text_argument(Call *call, int number)
{
    VARIANT *value = number < call->count ? call->args[number] : NULL;
    if (!value || V_VT(value) != VT_BSTR)
        return NULL;
    return V_BSTR(value) ? V_BSTR(value) : L"";
}
