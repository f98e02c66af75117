/* Notices of a network that changes, as Windows gives them: from a thread of the system's, until they are cancelled. Wine's come never.

   Whoever asks is called three times, a twentieth of a second apart; `asking` says how many notices are not cancelled. */

#include <windows.h>

#define TIMES 3
#define APART 50 /* milliseconds */

typedef void(WINAPI *Callback)(void *context, void *row, int kind);

struct asked {
    Callback call;
    void *context;
    HANDLE thread, cancelled;
};

static LONG left;

static DWORD WINAPI tell(void *given) {
    struct asked *asked = given;
    for (int time = 0; time < TIMES && WaitForSingleObject(asked->cancelled, APART) == WAIT_TIMEOUT; time++)
        asked->call(asked->context, NULL, 1);
    return 0;
}

static DWORD begin(Callback call, void *context, HANDLE *handle) {
    struct asked *asked = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *asked);
    asked->call = call, asked->context = context;
    asked->cancelled = CreateEventW(NULL, TRUE, FALSE, NULL);
    asked->thread = CreateThread(NULL, 0, tell, asked, 0, NULL);
    InterlockedIncrement(&left);
    *handle = asked;
    return NO_ERROR;
}

__declspec(dllexport) DWORD WINAPI NotifyUnicastIpAddressChange(USHORT family, Callback call, void *context, BOOLEAN first, HANDLE *handle) {
    return family == 0 && !first ? begin(call, context, handle) : ERROR_INVALID_PARAMETER;
}

#ifndef OLD /* Windows 10 before version 2004 has no such call */
__declspec(dllexport) DWORD WINAPI NotifyNetworkConnectivityHintChange(Callback call, void *context, BOOLEAN first, HANDLE *handle) {
    return !first ? begin(call, context, handle) : ERROR_INVALID_PARAMETER;
}
#endif

/* Waits for a call that is under way, as Windows' own does. */
__declspec(dllexport) DWORD WINAPI CancelMibChangeNotify2(HANDLE handle) {
    struct asked *asked = handle;
    SetEvent(asked->cancelled);
    WaitForSingleObject(asked->thread, INFINITE);
    CloseHandle(asked->thread);
    CloseHandle(asked->cancelled);
    HeapFree(GetProcessHeap(), 0, asked);
    InterlockedDecrement(&left);
    return NO_ERROR;
}

__declspec(dllexport) LONG WINAPI asking(void) { return left; }
