/* bcryptprimitives.dll: random bytes for libraries written in Rust; Wine 8 does not have it. */

#include <windows.h>

#define PIECE (1u << 28)

BOOLEAN NTAPI SystemFunction036(void *buffer, ULONG length); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *buffer, SIZE_T length);

BOOL WINAPI ProcessPrng(BYTE *buffer, SIZE_T length)
{
    while (length) {
        ULONG piece = length < PIECE ? (ULONG)length : PIECE;
        if (!SystemFunction036(buffer, piece))
            return FALSE;
        buffer += piece;
        length -= piece;
    }
    return TRUE;
}
