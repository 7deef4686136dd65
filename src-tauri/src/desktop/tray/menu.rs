//! The tray's menu, updated line by line: rebuilding it would close an open menu.

use tauri::{
    AppHandle, Wry,
    menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu},
};

use super::view::{Line, View};

pub struct TrayMenu {
    pub menu: Menu<Wry>,
    lines: [Item; 5],
    reasons: List,
    queues: List,
    recent: List,
    /// The line that exists only while the supervisor's desk is switched on.
    supervisor: Option<Item>,
}

/// The lines that always exist, in the order of [`TrayMenu::lines`].
fn fixed(view: &View) -> [&Line; 5] {
    [&view.state, &view.available, &view.busy, &view.show, &view.quit]
}

impl TrayMenu {
    pub fn new(app: &AppHandle, view: &View) -> tauri::Result<Self> {
        let [state, available, busy, show, quit] = fixed(view).map(|line| Item::new(app, line));
        let lines = [state?, available?, busy?, show?, quit?];
        let reasons = List::new(app, &view.reasons_title, &view.reasons)?;
        let queues = List::new(app, &view.queues_title, &view.queues)?;
        let recent = List::new(app, &view.recent_title, &view.recent)?;
        let [first, second, third] = [(); 3].map(|()| PredefinedMenuItem::separator(app));
        let (first, second, third) = (first?, second?, third?);
        let [state, available, busy, show, quit] = &lines;
        let menu = Menu::with_items(
            app,
            &[
                state.as_item(),
                &first,
                available.as_item(),
                busy.as_item(),
                &reasons.submenu,
                &second,
                &queues.submenu,
                &recent.submenu,
                &third,
                show.as_item(),
                quit.as_item(),
            ],
        )?;
        let mut made = Self { menu, lines, reasons, queues, recent, supervisor: None };
        made.sync_supervisor(app, view)?;
        Ok(made)
    }

    pub fn sync(&mut self, app: &AppHandle, view: &View) -> tauri::Result<()> {
        for (item, line) in self.lines.iter_mut().zip(fixed(view)) {
            item.sync(line)?;
        }
        self.reasons.sync(app, &view.reasons_title, &view.reasons)?;
        self.queues.sync(app, &view.queues_title, &view.queues)?;
        self.recent.sync(app, &view.recent_title, &view.recent)?;
        self.sync_supervisor(app, view)
    }

    fn sync_supervisor(&mut self, app: &AppHandle, view: &View) -> tauri::Result<()> {
        match (&mut self.supervisor, &view.supervisor) {
            (Some(item), Some(line)) => item.sync(line)?,
            (Some(item), None) => {
                self.menu.remove(item.as_item())?;
                self.supervisor = None;
            }
            (None, Some(line)) => {
                let item = Item::new(app, line)?;
                // Above the last line, which ends Ringside.
                let last = self.menu.items()?.len().saturating_sub(1);
                self.menu.insert(item.as_item(), last)?;
                self.supervisor = Some(item);
            }
            (None, None) => {}
        }
        Ok(())
    }

    /// A click toggles the check mark by itself; this restores the marks to the confirmed state.
    pub fn unmark(&self) -> tauri::Result<()> {
        let lists = [&self.reasons, &self.queues, &self.recent].into_iter().flat_map(|list| &list.items);
        self.lines.iter().chain(lists).try_for_each(Item::unmark)
    }
}

struct List {
    submenu: Submenu<Wry>,
    title: Line,
    items: Vec<Item>,
}

impl List {
    fn new(app: &AppHandle, title: &Line, lines: &[Line]) -> tauri::Result<Self> {
        let submenu = Submenu::with_id(app, title.id.as_str(), escaped(&title.text), title.enabled)?;
        let mut list = Self { submenu, title: title.clone(), items: Vec::new() };
        list.fill(app, lines)?;
        Ok(list)
    }

    fn fill(&mut self, app: &AppHandle, lines: &[Line]) -> tauri::Result<()> {
        for item in self.items.drain(..) {
            self.submenu.remove(item.as_item())?;
        }
        for line in lines {
            let item = Item::new(app, line)?;
            self.submenu.append(item.as_item())?;
            self.items.push(item);
        }
        Ok(())
    }

    fn sync(&mut self, app: &AppHandle, title: &Line, lines: &[Line]) -> tauri::Result<()> {
        if self.title.text != title.text {
            self.submenu.set_text(escaped(&title.text))?;
        }
        if self.title.enabled != title.enabled {
            self.submenu.set_enabled(title.enabled)?;
        }
        self.title = title.clone();
        let same = self.items.len() == lines.len() && self.items.iter().zip(lines).all(|(item, line)| item.line.id == line.id);
        if same { self.items.iter_mut().zip(lines).try_for_each(|(item, line)| item.sync(line)) } else { self.fill(app, lines) }
    }
}

struct Item {
    line: Line,
    widget: Widget,
}

enum Widget {
    Plain(MenuItem<Wry>),
    Check(CheckMenuItem<Wry>),
}

impl Item {
    fn new(app: &AppHandle, line: &Line) -> tauri::Result<Self> {
        let (id, text) = (line.id.as_str(), escaped(&line.text));
        let widget = match line.checked {
            None => Widget::Plain(MenuItem::with_id(app, id, text, line.enabled, None::<&str>)?),
            Some(checked) => Widget::Check(CheckMenuItem::with_id(app, id, text, line.enabled, checked, None::<&str>)?),
        };
        Ok(Self { line: line.clone(), widget })
    }

    fn as_item(&self) -> &dyn IsMenuItem<Wry> {
        match &self.widget {
            Widget::Plain(item) => item,
            Widget::Check(item) => item,
        }
    }

    fn sync(&mut self, line: &Line) -> tauri::Result<()> {
        if self.line == *line {
            return Ok(());
        }
        let (text, text_differs) = (escaped(&line.text), self.line.text != line.text);
        let enabled_differs = self.line.enabled != line.enabled;
        match &self.widget {
            Widget::Plain(item) => {
                text_differs.then(|| item.set_text(text)).transpose()?;
                enabled_differs.then(|| item.set_enabled(line.enabled)).transpose()?;
            }
            Widget::Check(item) => {
                text_differs.then(|| item.set_text(text)).transpose()?;
                enabled_differs.then(|| item.set_enabled(line.enabled)).transpose()?;
                if let Some(checked) = line.checked.filter(|_| self.line.checked != line.checked) {
                    item.set_checked(checked)?;
                }
            }
        }
        self.line = line.clone();
        Ok(())
    }

    fn unmark(&self) -> tauri::Result<()> {
        match (&self.widget, self.line.checked) {
            (Widget::Check(item), Some(checked)) => item.set_checked(checked),
            _ => Ok(()),
        }
    }
}

/// A single ampersand would make the next letter an access key.
fn escaped(text: &str) -> String {
    text.replace('&', "&&")
}
