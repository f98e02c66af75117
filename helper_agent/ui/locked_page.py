"""A QWebEngineView that shows one address and can go nowhere else. Importing this starts to load QtWebEngine."""

from PySide6.QtCore import QCoreApplication, QObject, Qt, QUrl
from PySide6.QtWebEngineCore import (
    QWebEngineDownloadRequest,
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineSettings,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
)
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QWidget

ON = (
    QWebEngineSettings.WebAttribute.JavascriptEnabled,
    QWebEngineSettings.WebAttribute.LocalStorageEnabled,  # of this profile, which is in memory only
)
OFF = (
    QWebEngineSettings.WebAttribute.JavascriptCanAccessClipboard,
    QWebEngineSettings.WebAttribute.JavascriptCanPaste,
    QWebEngineSettings.WebAttribute.JavascriptCanOpenWindows,
    QWebEngineSettings.WebAttribute.PluginsEnabled,
    QWebEngineSettings.WebAttribute.PdfViewerEnabled,
    QWebEngineSettings.WebAttribute.FullScreenSupportEnabled,
    QWebEngineSettings.WebAttribute.ScreenCaptureEnabled,
    QWebEngineSettings.WebAttribute.DnsPrefetchEnabled,
    QWebEngineSettings.WebAttribute.HyperlinkAuditingEnabled,
    QWebEngineSettings.WebAttribute.NavigateOnDropEnabled,
    QWebEngineSettings.WebAttribute.LocalContentCanAccessRemoteUrls,
    QWebEngineSettings.WebAttribute.LocalContentCanAccessFileUrls,
)


def is_own(home: QUrl, url: QUrl) -> bool:
    """Whether `url` is of the page's own server: the same address and port, as a page, a file of it or a socket."""
    if url.scheme() in {"data", "blob"}:  # pictures that the page makes itself
        return True
    return url.scheme() in {"http", "ws"} and (url.host(), url.port()) == (home.host(), home.port())


class _OwnServerOnly(QWebEngineUrlRequestInterceptor):
    """Stops every request that does not go to the page's own server."""

    def __init__(self, home: QUrl, parent: QObject) -> None:
        super().__init__(parent)
        self._home = home

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        """Before it is sent."""
        info.block(not is_own(self._home, info.requestUrl()))


class _LockedPage(QWebEnginePage):
    """Its main frame stays where it is."""

    def __init__(self, home: QUrl, profile: QWebEngineProfile, parent: QObject) -> None:
        super().__init__(profile, parent)
        self._home = home

    def acceptNavigationRequest(
        self, url: QUrl | str, kind: QWebEnginePage.NavigationType, is_main_frame: bool
    ) -> bool:
        """The page, and it again; no frames, no other path."""
        del kind
        url = QUrl(url)
        return is_main_frame and url.scheme() == "http" and is_own(self._home, url) and url.path() == "/"

    def javaScriptConsoleMessage(
        self, level: QWebEnginePage.JavaScriptConsoleMessageLevel, message: str, line: int, source: str
    ) -> None:
        """Not to stderr: it may name what is on the screen."""


def make_view(home: QUrl, parent: QWidget) -> QWebEngineView:
    """A view for this address, on a profile of its own that keeps nothing on disk, and goes when the view has gone."""
    profile = QWebEngineProfile(QCoreApplication.instance())  # without a name: off the record
    profile.setUrlRequestInterceptor(_OwnServerOnly(home, profile))
    profile.setHttpCacheType(QWebEngineProfile.HttpCacheType.NoCache)
    profile.setPersistentCookiesPolicy(QWebEngineProfile.PersistentCookiesPolicy.NoPersistentCookies)
    profile.downloadRequested.connect(_no_download)
    settings = profile.settings()
    for one in ON:
        settings.setAttribute(one, True)
    for one in OFF:
        settings.setAttribute(one, False)
    view = QWebEngineView(parent)
    page = _LockedPage(home, profile, view)
    page.destroyed.connect(profile.deleteLater)  # Qt wants this order
    view.setPage(page)
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # the right button belongs to the user's screen
    view.setAcceptDrops(False)
    return view


def begin() -> None:
    """Have Chromium's own threads run, so that the first view is there at once."""
    QWebEngineProfile(QCoreApplication.instance()).deleteLater()


def _no_download(request: QWebEngineDownloadRequest) -> None:
    request.cancel()
