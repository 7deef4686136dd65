//! Sound devices without hardware. ALSA writes the sound into a pipe, which is read at the speed of a real device; a sound server has
//! virtual devices.

use std::{
    fs::{self, File},
    io::Read,
    os::fd::AsFd,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rustix::{
    fs::{CWD, FileType, Mode, OFlags},
    pipe::fcntl_setpipe_size,
};

use crate::tone::RATE;

/// Two channels of 16 bits.
const FRAME: usize = 4;
/// Frames to read at once, a hundred times per second.
const PIECE: usize = RATE / 100;
/// The smallest size of a pipe: 21 ms of sound.
const PIPE: usize = 4096;

#[derive(Default)]
struct Heard {
    /// The left channel.
    samples: Vec<f32>,
    /// A program has the device open, or sound that it played is still on its way.
    is_open: bool,
    /// How often a program opened the device.
    openings: usize,
}

/// One device per name; the first is the system's default.
pub struct Speakers {
    folder: PathBuf,
    heard: Vec<Arc<Mutex<Heard>>>,
    stop: Arc<AtomicBool>,
    /// The sound server and the programs that record from it, if there is one.
    children: Vec<Child>,
}

impl Drop for Speakers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The value of `ALSA_CONFIG_PATH` with which a program plays on the speakers of this folder.
pub fn config(folder: &Path) -> PathBuf {
    folder.join("alsa.conf")
}

impl Speakers {
    pub fn new(folder: &Path, names: &[&str]) -> Self {
        let mut text = String::from("pcm.nothing { type null }\n");
        let stop = Arc::new(AtomicBool::new(false));
        let mut heard = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let pipe = folder.join(name);
            rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
            // Without waiting for a program that plays. If no program has the other end open, a read returns the end of the pipe.
            let file = rustix::fs::open(&pipe, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).unwrap();
            fcntl_setpipe_size(file.as_fd(), PIPE).unwrap();
            let samples: Arc<Mutex<Heard>> = Arc::default();
            heard.push(Arc::clone(&samples));
            let stopped = Arc::clone(&stop);
            std::thread::spawn(move || listen(File::from(file), &samples, &stopped));
            let shown = if n == 0 { "default" } else { name };
            text += &format!(
                "pcm.{name}-pipe {{ type file file \"{}\" format raw slave.pcm \"nothing\" }}\n\
                 pcm.{shown} {{ type plug slave {{ pcm \"{name}-pipe\" format S16_LE rate {RATE} channels 2 }} \
                 hint {{ show on description \"{name}\" }} }}\n",
                pipe.display(),
            );
        }
        fs::write(config(folder), text).unwrap();
        Self { folder: folder.to_owned(), heard, stop, children: Vec::new() }
    }

    /// Devices of a sound server, for programs whose `XDG_RUNTIME_DIR` and `HOME` are this folder. The first is the default.
    pub fn on_server(folder: &Path, names: &[&str]) -> Self {
        let mut server = Command::new("pulseaudio");
        server.args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "-L", "module-native-protocol-unix"]);
        for name in names {
            server.args(["-L", &sink(name)]);
        }
        let socket = folder.join("pulse/native");
        // An earlier server's socket may be left.
        let _ = fs::remove_file(&socket);
        let server = quiet(&mut server, folder).spawn().expect("pulseaudio is installed by scripts/setup");
        let mut speakers = Self { folder: folder.to_owned(), heard: Vec::new(), stop: Arc::default(), children: vec![server] };
        while !socket.exists() {
            assert!(speakers.children[0].try_wait().unwrap().is_none(), "the sound server has ended");
            std::thread::sleep(Duration::from_millis(20));
        }
        names.iter().for_each(|name| speakers.listen_to(name));
        speakers
    }

    /// Records from this device of the server.
    fn listen_to(&mut self, name: &str) {
        let mut listener = Command::new("parec");
        listener.args(["--raw", "--format=s16le", "--channels=2", "--latency-msec=20"]);
        listener.args([format!("--rate={RATE}"), format!("--device={name}.monitor")]);
        let mut listener = quiet(&mut listener, &self.folder).stdout(Stdio::piped()).spawn().expect("parec comes with pulseaudio-utils");
        let samples: Arc<Mutex<Heard>> = Arc::default();
        self.heard.push(Arc::clone(&samples));
        let stopped = Arc::clone(&self.stop);
        let output = listener.stdout.take().unwrap();
        std::thread::spawn(move || listen(output, &samples, &stopped));
        self.children.push(listener);
    }

    /// Unplugs the device.
    pub fn unplug(&self, name: &str) {
        let listed = self.ask_server(&["list", "short", "modules"]);
        let module = listed.lines().find(|line| line.contains(&format!("sink_name={name} "))).expect("the device is there");
        self.ask_server(&["unload-module", module.split_whitespace().next().unwrap()]);
    }

    /// Plugs the device in; it becomes the last one in the list of recorded devices.
    pub fn plug(&mut self, name: &str) {
        let module = sink(name);
        self.ask_server(&[&["load-module"], &module.split(' ').collect::<Vec<_>>()[..]].concat());
        self.listen_to(name);
    }

    fn ask_server(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("pactl");
        let output = quiet(command.args(arguments), &self.folder).stdout(Stdio::piped()).output().unwrap();
        assert!(output.status.success(), "pactl {arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn config(&self) -> PathBuf {
        config(&self.folder)
    }

    /// The sound that this speaker got so far, the left channel.
    pub fn heard(&self, n: usize) -> Vec<f32> {
        self.heard[n].lock().unwrap().samples.clone()
    }

    pub fn count(&self, n: usize) -> usize {
        self.heard[n].lock().unwrap().samples.len()
    }

    /// Whether no program has this speaker open and all sound has arrived. Only for a speaker that is a pipe.
    pub fn is_silent(&self, n: usize) -> bool {
        !self.heard[n].lock().unwrap().is_open
    }

    /// How often a program opened this speaker since the last [`Self::forget`]. Only for a speaker that is a pipe.
    pub fn openings(&self, n: usize) -> usize {
        self.heard[n].lock().unwrap().openings
    }

    /// The last tenth of a second, if there is that much.
    pub fn last(&self, n: usize) -> Option<Vec<f32>> {
        let samples = &self.heard[n].lock().unwrap().samples;
        samples.len().checked_sub(RATE / 10).map(|from| samples[from..].to_vec())
    }

    /// Deletes the recorded sound.
    pub fn forget(&self) {
        for heard in &self.heard {
            let mut heard = heard.lock().unwrap();
            heard.samples.clear();
            heard.openings = 0;
        }
    }
}

fn sink(name: &str) -> String {
    format!("module-null-sink sink_name={name} sink_properties=device.description={name} rate={RATE}")
}

fn quiet<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    command.env("XDG_RUNTIME_DIR", folder).env("HOME", folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

/// Reads as much as a device plays in 10 ms, a hundred times per second; slower on a busy machine.
fn listen(mut pipe: impl Read, heard: &Mutex<Heard>, stop: &AtomicBool) {
    let mut bytes = [0; PIECE * FRAME];
    let mut held = 0;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(10));
        let read = pipe.read(&mut bytes[held..]);
        // An error means that there is no data yet; zero bytes mean that no program has the pipe open.
        let is_open = !matches!(read, Ok(0));
        held += read.unwrap_or(0);
        let whole = held / FRAME * FRAME;
        let left = bytes[..whole].chunks_exact(FRAME).map(|frame| f32::from(i16::from_le_bytes([frame[0], frame[1]])) / 32_768.0);
        let mut heard = heard.lock().unwrap();
        heard.samples.extend(left);
        heard.openings += usize::from(is_open && !heard.is_open);
        heard.is_open = is_open;
        drop(heard);
        bytes.copy_within(whole..held, 0);
        held -= whole;
    }
}

/// The loudness: the root mean square.
pub fn loudness(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}
