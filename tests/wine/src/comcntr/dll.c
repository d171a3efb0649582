/* The four entries of a COM server, its class factory and its registration for all users. */

#include "fake.h"

#define CLASS L"{181E893D-73A4-4722-B61D-D604B3D67D47}"
#define PROGRAM L"V83.COMConnector"
#define ROOT L"Software\\Classes\\"

static const CLSID connector_class = {
    0x181e893d, 0x73a4, 0x4722, {0xb6, 0x1d, 0xd6, 0x04, 0xb3, 0xd6, 0x7d, 0x47}};
static HMODULE self;

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
        self = module;
    return TRUE;
}

static HRESULT WINAPI factory_query(IClassFactory *factory, REFIID wanted, void **result)
{
    *result = NULL;
    if (!IsEqualIID(wanted, &IID_IUnknown) && !IsEqualIID(wanted, &IID_IClassFactory))
        return E_NOINTERFACE;
    *result = factory;
    return S_OK;
}

static ULONG WINAPI factory_count(IClassFactory *factory)
{
    (void)factory;
    return 2; /* it is static and never goes */
}

static HRESULT WINAPI factory_create(IClassFactory *factory, IUnknown *outer, REFIID wanted,
                                     void **result)
{
    (void)factory;
    *result = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    Object *connector = make(CONNECTOR, NULL);
    HRESULT answer = IDispatch_QueryInterface(&connector->dispatch, wanted, result);
    IDispatch_Release(&connector->dispatch);
    return answer;
}

static HRESULT WINAPI factory_lock(IClassFactory *factory, BOOL lock)
{
    (void)factory, (void)lock;
    return S_OK;
}

static IClassFactoryVtbl factory_table = {factory_query, factory_count, factory_count,
                                          factory_create, factory_lock};
static IClassFactory factory = {&factory_table};

HRESULT WINAPI DllGetClassObject(REFCLSID class, REFIID wanted, void **result)
{
    *result = NULL;
    if (!IsEqualCLSID(class, &connector_class))
        return CLASS_E_CLASSNOTAVAILABLE;
    return factory_query(&factory, wanted, result);
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    return S_FALSE;
}

static LSTATUS keep(const wchar_t *key, const wchar_t *name, const wchar_t *value)
{
    return RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, name, REG_SZ, value,
                           (DWORD)((wcslen(value) + 1) * sizeof(wchar_t)));
}

HRESULT WINAPI DllRegisterServer(void)
{
    wchar_t path[MAX_PATH];
    GetModuleFileNameW(self, path, MAX_PATH);
    LSTATUS failed = keep(ROOT PROGRAM, NULL, L"1C:Enterprise COM connector");
    failed |= keep(ROOT PROGRAM L"\\CLSID", NULL, CLASS);
    failed |= keep(ROOT L"CLSID\\" CLASS, NULL, L"1C:Enterprise COM connector");
    failed |= keep(ROOT L"CLSID\\" CLASS L"\\InprocServer32", NULL, path);
    failed |= keep(ROOT L"CLSID\\" CLASS L"\\InprocServer32", L"ThreadingModel", L"Both");
    failed |= keep(ROOT L"CLSID\\" CLASS L"\\ProgID", NULL, PROGRAM);
    return failed ? SELFREG_E_CLASS : S_OK;
}

HRESULT WINAPI DllUnregisterServer(void)
{
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, ROOT PROGRAM);
    RegDeleteTreeW(HKEY_LOCAL_MACHINE, ROOT L"CLSID\\" CLASS);
    return S_OK;
}
