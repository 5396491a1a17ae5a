//! Several tabs of one browser.

use fantoccini::wd::WindowHandle;

use super::person::Person;

/// A tab of a person's browser.
#[derive(Debug, Clone)]
pub struct Tab(WindowHandle);

impl Person {
    /// Opens a page of the site in another tab, and looks at it.
    pub async fn open_tab(&self, path: &str) -> Tab {
        let tab = self.client.new_window(true).await.unwrap().handle;
        self.client.switch_to_window(tab.clone()).await.unwrap();
        self.open(path).await;
        Tab(tab)
    }

    /// The tab that is looked at.
    pub async fn this_tab(&self) -> Tab {
        Tab(self.client.window().await.unwrap())
    }

    /// Looks at a tab.
    pub async fn turn_to(&self, tab: &Tab) {
        self.client.switch_to_window(tab.0.clone()).await.unwrap();
    }

    /// Closes a tab, and looks at none.
    pub async fn close_tab(&self, tab: Tab) {
        self.turn_to(&tab).await;
        self.client.close_window().await.unwrap();
    }
}
