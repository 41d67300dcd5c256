//! HTTP/1.1 as far as a provider needs it: requests in, answers out, over a connection that is kept.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use super::faults::After;

/// A whole request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// The next request of a connection, or `None` when the caller has hung up. `left` holds what came after the last one.
pub(crate) fn read(stream: &mut TcpStream, left: &mut Vec<u8>) -> io::Result<Option<Received>> {
    loop {
        if let Some((mut request, head)) = head(left)? {
            left.drain(..head);
            request.body = body(stream, left, &request)?;
            return Ok(Some(request));
        }
        if !more(stream, left)? {
            return Ok(None);
        }
    }
}

/// The head of a request once it is complete, and its length.
fn head(bytes: &[u8]) -> io::Result<Option<(Received, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(bytes).map_err(io::Error::other)? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let request = Received {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        headers: parsed.headers.iter().map(|header| (header.name.to_lowercase(), text(header.value))).collect(),
        body: Vec::new(),
    };
    Ok(Some((request, length)))
}

fn body(stream: &mut TcpStream, left: &mut Vec<u8>, request: &Received) -> io::Result<Vec<u8>> {
    if request.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return chunked(stream, left);
    }
    let length = request.header("content-length").map_or(Ok(0), str::parse).map_err(io::Error::other)?;
    take(stream, left, length)
}

fn chunked(stream: &mut TcpStream, left: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = loop {
            if let Some(end) = left.windows(2).position(|pair| pair == b"\r\n") {
                break left.drain(..end + 2).collect::<Vec<u8>>();
            }
            if !more(stream, left)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let digits = String::from_utf8_lossy(&line);
        let length = usize::from_str_radix(digits.trim(), 16).map_err(io::Error::other)?;
        body.extend(take(stream, left, length)?);
        take(stream, left, 2)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

/// Exactly that many bytes.
fn take(stream: &mut TcpStream, left: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    while left.len() < length {
        if !more(stream, left)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(left.drain(..length).collect())
}

fn more(stream: &mut TcpStream, left: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = [0; 16 * 1024];
    let n = stream.read(&mut buffer)?;
    left.extend_from_slice(&buffer[..n]);
    Ok(n > 0)
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: String) -> Self {
        Answer { status, headers: Vec::new(), content_type: "application/json", body: body.into_bytes() }
    }

    /// What stands in front of a provider answers so when there is nothing behind it.
    pub(crate) fn html(status: u16) -> Self {
        let reason = reason(status);
        let body = format!(
            "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1></center>\r\n\
             <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        Answer { status, headers: Vec::new(), content_type: "text/html", body: body.into_bytes() }
    }

    pub(crate) fn retry_after(mut self, after: After) -> Self {
        if let Some(value) = after.header() {
            self.headers.push(("retry-after", value));
        }
        self
    }

    /// As it goes over the wire: the head, and the body.
    pub(crate) fn bytes(&self) -> (Vec<u8>, &[u8]) {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-type: {}\r\ncontent-length: {}\r\n\r\n", self.content_type, self.body.len());
        (head.into_bytes(), &self.body)
    }

    pub(crate) fn send(&self, stream: &mut TcpStream) -> io::Result<()> {
        let (mut bytes, body) = self.bytes();
        bytes.extend_from_slice(body);
        stream.write_all(&bytes)?;
        stream.flush()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Other",
    }
}
