/* python.exe and pythonw.exe: the wheel that brings python311.dll has no program that starts it. */

#include <windows.h>

typedef int (*main_function)(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    HMODULE library = LoadLibraryW(L"python311.dll");
    if (!library)
        return 120;
    main_function py_main = (main_function)(void *)GetProcAddress(library, "Py_Main");
    return py_main ? py_main(argc, argv) : 121;
}
