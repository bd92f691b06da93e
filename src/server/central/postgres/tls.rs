//! TLS to a PostgreSQL server, over the rustls that speaks it everywhere else in the house. The password is never bound
//! to the channel (SCRAM-SHA-256-PLUS): a certificate that is verified whole says as much.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

/// Begins TLS for each connection.
#[derive(Clone)]
pub(super) struct Tls(pub Arc<ClientConfig>);

/// Begins it for one, with the server of this name.
pub(super) struct Begin {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// A connection inside TLS.
pub(super) struct Inside<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Tls {
    type Stream = Inside<S>;
    type TlsConnect = Begin;
    type Error = io::Error;

    fn make_tls_connect(&mut self, name: &str) -> io::Result<Begin> {
        let name = ServerName::try_from(name.to_owned());
        let name = name.map_err(|_| io::Error::other("a server that is reached over TLS has a name or an address"))?;
        Ok(Begin { connector: TlsConnector::from(Arc::clone(&self.0)), name })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Begin {
    type Stream = Inside<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Inside<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { self.connector.connect(self.name, stream).await.map(Inside) })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Inside<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Inside<S> {
    fn poll_read(mut self: Pin<&mut Self>, task: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(task, room)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Inside<S> {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(task, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(task)
    }
}
