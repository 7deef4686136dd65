; The texts of the installer in both languages.
!macro Text NAME ENGLISH CHINESE
    LangString ${NAME} ${LANG_ENGLISH} "${ENGLISH}"
    LangString ${NAME} ${LANG_SIMPCHINESE} "${CHINESE}"
!macroend

!insertmacro Text OTHER_SETUP "Another setup of Ringside is running." \
    "另一个 Ringside 安装程序正在运行。"
!insertmacro Text BY_MSI "Ringside was installed by its .msi package, for example by group policy. Upgrade or remove that package." \
    "Ringside 是由 .msi 安装包（例如通过组策略）安装的。请升级或移除该安装包。"
!insertmacro Text NEWER "A newer version of Ringside is installed. Remove it first." \
    "已安装更新版本的 Ringside。请先将其移除。"
!insertmacro Text UNKNOWN_SWITCH "There is no such switch:" \
    "没有此选项："
!insertmacro Text CANNOT_REPLACE "This file cannot be replaced:" \
    "无法替换此文件："
!insertmacro Text FIREWALL "Firewall rule" \
    "防火墙规则"
!insertmacro Text FIREWALL_WHY "Only if the platform connects to this computer directly: lets connections to Ringside in, in domain and private networks." \
    "仅当平台直接连接本机时需要：在域网络和专用网络中允许到 Ringside 的连接。"
!insertmacro Text FIREWALL_FAILED "The firewall's rule could not be made." \
    "无法创建防火墙规则。"
!insertmacro Text NO_WEBVIEW "The web view that Ringside's windows need is missing. Get the Evergreen Standalone Installer at https://developer.microsoft.com/microsoft-edge/webview2/" \
    "缺少 Ringside 窗口所需的 WebView2。请从 https://developer.microsoft.com/microsoft-edge/webview2/ 获取 Evergreen Standalone Installer。"
!insertmacro Text DATA_LEFT "Not all data could be deleted. A program may be using it, or a user made a link of its folder." \
    "部分数据未能删除：可能有程序正在使用，或其文件夹是用户创建的链接。"
!insertmacro Text DELETE_DATA "Delete also the calls, recordings and settings of all users of this computer?" \
    "是否同时删除本机所有用户的通话记录、录音和设置？"
