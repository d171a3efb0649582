/* python3.dll: nothing but forwarders to python311.dll, for wheels of the stable ABI. */

int DllMainCRTStartup(void *module, unsigned long reason, void *reserved);

int DllMainCRTStartup(void *module, unsigned long reason, void *reserved)
{
    (void)module, (void)reason, (void)reserved;
    return 1;
}
