/* A small program in place of Ringside and of the programs that the installers call, for scripts/windows-installers.
   Called ringside.exe it stays, as a running Ringside does, until the file named by its second argument is there («stay FILE»), or holds the
   setup's mutex so long («hold FILE»), or keeps a file open that nobody else may open or delete («keep FILE OPEN»). Under another name it adds its
   command line to NAME.log beside it, and fails if there is NAME.fails. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static void wait_for(const char *file) {
    while (GetFileAttributesA(file) == INVALID_FILE_ATTRIBUTES) Sleep(50);
}

int main(int count, char **arguments) {
    char path[MAX_PATH + 8];
    if (count > 2 && (!strcmp(arguments[1], "stay") || !strcmp(arguments[1], "hold") || !strcmp(arguments[1], "keep"))) {
        if (!strcmp(arguments[1], "hold")) CreateMutexA(NULL, FALSE, "Global\\RingsideSetup");
        if (count == 4 && CreateFileA(arguments[3], GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL) == INVALID_HANDLE_VALUE) return 1;
        snprintf(path, sizeof path, "%s.ready", arguments[2]);
        fclose(fopen(path, "w"));
        wait_for(arguments[2]);
        return 0;
    }
    size_t length = GetModuleFileNameA(NULL, path, MAX_PATH);
    strcpy(path + length, ".log");
    FILE *log = fopen(path, "a");
    if (log) {
        fprintf(log, "%s\n", GetCommandLineA());
        fclose(log);
    }
    strcpy(path + length, ".fails");
    return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}
