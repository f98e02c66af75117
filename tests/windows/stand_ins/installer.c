/* Stands in for a VNC server's own installer: it lays what lies beside it as server.exe where TightVNC's installer does, and
   ends with 0. /exit=N: it only ends with N, as an installer that may not, or that a person has cancelled. */
#include <windows.h>
#include <wchar.h>

int wmain(int argc, wchar_t **argv) {
    for (int i = 1; i < argc; i++)
        if (!wcsncmp(argv[i], L"/exit=", 6)) return _wtoi(argv[i] + 6);
    wchar_t beside[MAX_PATH];
    GetModuleFileNameW(NULL, beside, MAX_PATH);
    wcscpy(wcsrchr(beside, L'\\') + 1, L"server.exe");
    CreateDirectoryW(L"C:\\Program Files\\TightVNC", NULL);
    return CopyFileW(beside, L"C:\\Program Files\\TightVNC\\tvnserver.exe", FALSE) ? 0 : 1;
}
