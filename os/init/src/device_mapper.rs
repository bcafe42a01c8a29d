// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Activates verified devices, the root and the extensions, and asks the kernel what it enforces.
//!
//! What device-mapper answers is the image's identity at run time; what was asked of it is only a wish.

use crate::dm_message::{DeviceNumber, Message, Query};
use crate::error::{InitError, Malformed};
use crate::syscall::{self, DmCommand};
use crate::verity::{VerityStatus, VerityTable};
use std::fs::{File, OpenOptions};
use std::io;

/// Name of the verified root among device-mapper's devices.
pub(crate) const ROOT: &str = "root";
const CONTROL: &str = "/dev/mapper/control";
const TARGET: &str = "verity";

/// The open control device.
#[derive(Debug)]
pub(crate) struct DeviceMapper {
    control: File,
}

/// A live verity device, as the kernel describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerityDevice {
    pub(crate) number: DeviceNumber,
    pub(crate) table: VerityTable,
    pub(crate) status: VerityStatus,
}

impl VerityDevice {
    /// The node that devtmpfs makes for it.
    pub(crate) fn path(&self) -> String {
        format!("/dev/dm-{}", self.number.minor)
    }
}

impl DeviceMapper {
    pub(crate) fn open() -> Result<Self, InitError> {
        let control = OpenOptions::new()
            .read(true)
            .write(true)
            .open(CONTROL)
            .map_err(|source| InitError::Open { path: CONTROL.to_owned(), source })?;
        Ok(Self { control })
    }

    /// Creates the device `name` with `table`, and compares what the kernel then says with it.
    ///
    /// # Errors
    /// Also when the kernel's table is another one: then nothing may be mounted from the device.
    pub(crate) fn activate(&self, name: &str, table: &VerityTable) -> Result<VerityDevice, InitError> {
        let uuid = format!("ASHLAR-{}", table.root_hash);
        self.send(name, "make the device", DmCommand::Create, Message::create(name, &uuid))?;
        let activated = self.fill(name, table);
        if activated.is_err() {
            // A half-made device must not stay; that removing it can fail as well adds nothing to the first error.
            drop(self.remove(name));
        }
        activated
    }

    /// Removes the device `name`, which nothing may use any more.
    pub(crate) fn remove(&self, name: &str) -> Result<(), InitError> {
        self.send(name, "remove the device", DmCommand::Remove, Message::resume(name)).map(drop)
    }

    fn fill(&self, name: &str, table: &VerityTable) -> Result<VerityDevice, InitError> {
        let step = "load the verity table";
        let load = Message::load(name, TARGET, table.data_size(), &table.to_string()).map_err(|reason| {
            InitError::DeviceMapper { device: name.to_owned(), step, source: io::Error::other(reason) }
        })?;
        self.send(name, step, DmCommand::TableLoad, load)?;
        self.send(name, "make the table live", DmCommand::Resume, Message::resume(name))?;
        let device = self.device(name)?;
        if device.table == *table {
            return Ok(device);
        }
        let reason = format!(
            "it states the table {:?} where {:?} was asked for",
            device.table.to_string(),
            table.to_string()
        );
        Err(InitError::RootHash { device: name.to_owned(), source: Malformed::new(reason) })
    }

    /// Reads table and status of `name` back.
    pub(crate) fn device(&self, name: &str) -> Result<VerityDevice, InitError> {
        const TABLE: &str = "read the table back";
        const STATUS: &str = "read the status";
        let (number, line) = self.query(name, TABLE, Query::Table)?;
        let table = understand(name, TABLE, VerityTable::parse(&line))?;
        let (_, line) = self.query(name, STATUS, Query::Status)?;
        let status = understand(name, STATUS, VerityStatus::parse(&line))?;
        Ok(VerityDevice { number, table, status })
    }

    fn query(
        &self,
        name: &str,
        step: &'static str,
        query: Query,
    ) -> Result<(DeviceNumber, String), InitError> {
        let answer = self.send(name, step, DmCommand::TableStatus, Message::query(name, query))?;
        let (target, text) = understand(name, step, answer.only_target())?;
        if target != TARGET {
            let reason = Malformed::new(format!("the target is {target:?}, not {TARGET:?}"));
            return understand(name, step, Err(reason));
        }
        Ok((answer.device(), text))
    }

    fn send(
        &self,
        name: &str,
        step: &'static str,
        command: DmCommand,
        mut message: Message,
    ) -> Result<Message, InitError> {
        syscall::device_mapper(&self.control, command, &mut message)
            .map_err(|source| InitError::DeviceMapper { device: name.to_owned(), step, source })?;
        Ok(message)
    }
}

fn understand<T>(name: &str, step: &'static str, result: Result<T, Malformed>) -> Result<T, InitError> {
    result.map_err(|source| InitError::DeviceMapperAnswer { device: name.to_owned(), step, source })
}
