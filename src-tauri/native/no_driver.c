/*
 * A graphics driver that offers a display and draws nothing, for libglvnd's EGL (its interface: glvnd/libeglabi.h).
 *
 * It serves only the web processes of the Ringside that offered it: every other program that inherits the environment, such as a browser,
 * goes on to the system's drivers.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EGL_FALSE = 0, EGL_TRUE = 1, EGL_SUCCESS = 0x3000, EGL_NOT_INITIALIZED = 0x3001 };
enum { EGL_VENDOR = 0x3053, EGL_VERSION = 0x3054, EGL_EXTENSIONS = 0x3055, EGL_CLIENT_APIS = 0x308D };

/* The begin of libglvnd's table. It is zero before, and what stays zero is optional. */
struct imports {
    void *(*get_platform_display)(unsigned platform, void *native, const intptr_t *attributes);
    unsigned (*get_supports_api)(unsigned api);
    const char *(*get_vendor_string)(int name);
    void *(*get_proc_address)(const char *name);
    void *(*get_dispatch_address)(const char *name);
    void (*set_dispatch_index)(const char *name, int index);
};

static int is_ours;
static int display;
static _Thread_local int last_error = EGL_SUCCESS;

static void *get_platform_display(unsigned platform, void *native, const intptr_t *attributes)
{
    (void)platform, (void)native, (void)attributes;
    return is_ours ? &display : NULL;
}

static unsigned get_supports_api(unsigned api)
{
    (void)api;
    return is_ours;
}

static const char *get_vendor_string(int name)
{
    (void)name;
    return NULL;
}

static unsigned initialize(void *of, int32_t *major, int32_t *minor)
{
    (void)of;
    if (major) *major = 1;
    if (minor) *minor = 4;
    return EGL_TRUE;
}

static const char *query_string(void *of, int32_t name)
{
    if (!of) return name == EGL_EXTENSIONS && is_ours ? "EGL_EXT_platform_base EGL_MESA_platform_surfaceless" : "";
    switch (name) {
    case EGL_VENDOR: return "Ringside";
    case EGL_VERSION: return "1.4";
    case EGL_EXTENSIONS: case EGL_CLIENT_APIS: return "";
    default: return NULL;
    }
}

static unsigned list_configs(void *of, void *configs, int32_t size, int32_t *count)
{
    (void)of, (void)configs, (void)size;
    if (count) *count = 0;
    return EGL_TRUE;
}

static unsigned choose_config(void *of, const int32_t *attributes, void *configs, int32_t size, int32_t *count)
{
    (void)attributes;
    return list_configs(of, configs, size, count);
}

static int get_error(void)
{
    int error = last_error;
    last_error = EGL_SUCCESS;
    return error;
}

static unsigned succeed(void)
{
    return EGL_TRUE;
}

/* Returns false, no context or no surface. */
static uintptr_t fail(void)
{
    last_error = EGL_NOT_INITIALIZED;
    return 0;
}

static void *get_proc_address(const char *name)
{
    static const struct { const char *name; void *function; } functions[] = {
        {"eglInitialize", initialize}, {"eglQueryString", query_string}, {"eglGetError", get_error},
        {"eglGetConfigs", list_configs}, {"eglChooseConfig", choose_config},
        {"eglTerminate", succeed}, {"eglReleaseThread", succeed}, {"eglBindAPI", succeed},
    };
    static const char *const failing[] = {
        "eglBindTexImage", "eglCopyBuffers", "eglCreateContext", "eglCreatePbufferFromClientBuffer", "eglCreatePbufferSurface",
        "eglCreatePixmapSurface", "eglCreateWindowSurface", "eglDestroyContext", "eglDestroySurface", "eglGetConfigAttrib",
        "eglMakeCurrent", "eglQueryAPI", "eglQueryContext", "eglQuerySurface", "eglReleaseTexImage", "eglSurfaceAttrib",
        "eglSwapBuffers", "eglSwapInterval", "eglWaitClient", "eglWaitGL", "eglWaitNative",
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (!strcmp(name, functions[i].name)) return functions[i].function;
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++)
        if (!strcmp(name, failing[i])) return fail;
    return NULL;
}

static void *get_dispatch_address(const char *name)
{
    (void)name;
    return NULL;
}

static void set_dispatch_index(const char *name, int index)
{
    (void)name, (void)index;
}

__attribute__((visibility("default")))
unsigned __egl_Main(uint32_t version, const void *exports, void *vendor, struct imports *imports)
{
    const char *parent = getenv("RINGSIDE_PLAIN_PAGES");
    (void)exports, (void)vendor;
    /* The interface's major version; the minor one, in the lower half, changes nothing used here. */
    if (version >> 16 != 0) return EGL_FALSE;
    is_ours = parent && strtol(parent, NULL, 10) == (long)getppid();
    imports->get_platform_display = get_platform_display;
    imports->get_supports_api = get_supports_api;
    imports->get_vendor_string = get_vendor_string;
    imports->get_proc_address = get_proc_address;
    imports->get_dispatch_address = get_dispatch_address;
    imports->set_dispatch_index = set_dispatch_index;
    return EGL_TRUE;
}
