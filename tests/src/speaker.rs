//! A sound device without hardware: ALSA puts what is played into a pipe, from which it is taken at the pace of a real one.

use std::{
    fs::{self, File},
    io::Read,
    os::fd::AsFd,
    path::{Path, PathBuf},
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

pub const RATE: usize = 48_000;
/// Two channels of 16 bits.
const FRAME: usize = 4;
/// Taken at once, a hundred times a second.
const PIECE: usize = RATE / 100;
/// As little as a pipe can hold: 21 ms.
const PIPE: usize = 4096;

/// One device for each name; the first is the system's own.
pub struct Speakers {
    folder: PathBuf,
    heard: Vec<Arc<Mutex<Vec<f32>>>>,
    stop: Arc<AtomicBool>,
}

impl Drop for Speakers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// What a program has to find in `ALSA_CONFIG_PATH` to play on the speakers of this folder.
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
            // Open at both ends: neither side waits for the other, nor sees it go.
            let file = rustix::fs::open(&pipe, OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).unwrap();
            fcntl_setpipe_size(file.as_fd(), PIPE).unwrap();
            let samples = Arc::new(Mutex::new(Vec::new()));
            heard.push(Arc::clone(&samples));
            let stopped = Arc::clone(&stop);
            std::thread::spawn(move || listen(file.into(), &samples, &stopped));
            let shown = if n == 0 { "default" } else { name };
            text += &format!(
                "pcm.{name}-pipe {{ type file file \"{}\" format raw slave.pcm \"nothing\" }}\n\
                 pcm.{shown} {{ type plug slave {{ pcm \"{name}-pipe\" format S16_LE rate {RATE} channels 2 }} \
                 hint {{ show on description \"{name}\" }} }}\n",
                pipe.display(),
            );
        }
        fs::write(config(folder), text).unwrap();
        Self { folder: folder.to_owned(), heard, stop }
    }

    pub fn config(&self) -> PathBuf {
        config(&self.folder)
    }

    /// What this speaker was given so far, the left channel.
    pub fn heard(&self, n: usize) -> Vec<f32> {
        self.heard[n].lock().unwrap().clone()
    }

    pub fn count(&self, n: usize) -> usize {
        self.heard[n].lock().unwrap().len()
    }

    /// The last tenth of a second, once there is one.
    pub fn last(&self, n: usize) -> Option<Vec<f32>> {
        let heard = self.heard[n].lock().unwrap();
        heard.len().checked_sub(RATE / 10).map(|from| heard[from..].to_vec())
    }

    /// Forgets what was heard.
    pub fn forget(&self) {
        self.heard.iter().for_each(|heard| heard.lock().unwrap().clear());
    }
}

/// A hundred times a second takes what a device plays in so long. On a busy machine it is slower, as everything is there.
fn listen(mut pipe: File, heard: &Mutex<Vec<f32>>, stop: &AtomicBool) {
    let mut bytes = [0; PIECE * FRAME];
    let mut held = 0;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(10));
        // Nothing there: nobody plays.
        held += pipe.read(&mut bytes[held..]).unwrap_or(0);
        let whole = held / FRAME * FRAME;
        let left = bytes[..whole].chunks_exact(FRAME).map(|frame| f32::from(i16::from_le_bytes([frame[0], frame[1]])) / 32_768.0);
        heard.lock().unwrap().extend(left);
        bytes.copy_within(whole..held, 0);
        held -= whole;
    }
}

/// How loud it is: the root of the mean of the squares.
pub fn loudness(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

/// How much of this pitch there is: 0.5 for a full sine of it.
pub fn pitch(samples: &[f32], hertz: f32) -> f32 {
    let turn = hertz * std::f32::consts::TAU / RATE as f32;
    let (mut across, mut along) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let angle = (n as f32 * turn) % std::f32::consts::TAU;
        along += sample * angle.cos();
        across += sample * angle.sin();
    }
    (along * along + across * across).sqrt() / samples.len().max(1) as f32
}
